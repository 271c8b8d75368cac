/** Units of Flink's `MemorySize`, in bytes; none means bytes. */
const units: readonly [RegExp, number][] = [
  [/^(b|bytes)?$/, 1],
  [/^(k|kb|kibibytes)$/, 2 ** 10],
  [/^(m|mb|mebibytes)$/, 2 ** 20],
  [/^(g|gb|gibibytes)$/, 2 ** 30],
  [/^(t|tb|tebibytes)$/, 2 ** 40],
];

/** Bytes of a size as Flink reads it; `undefined`: it is none. */
function sizeOf(text: string): number | undefined {
  const [, amount, unit = ''] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = units.find(([names]) => names.test(unit.toLowerCase()))?.[1];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/**
 * Whether a key of the configuration has the effect that was wanted, by what a JobManager says of itself (S30). Flink masks
 * what looks like a secret, and no target has Flink's high availability by Kubernetes. Its own scripts compute the memory
 * of a JobManager from all that was given, and hand it the results: sizes in bytes, and as the least and the most of the
 * JVM's overhead the one that it has (`bin/config.sh`, BashJavaUtils).
 */
export function isEffective(key: string, wanted: string, seen: string | undefined): boolean {
  if (seen === undefined) return false;
  if (seen === wanted || /^\*+$/.test(seen)) return true;
  if (/^high-availability(\.type)?$/.test(key))
    return seen === 'NONE' && /kubernetes/i.test(wanted);
  const [asked, given] = [sizeOf(wanted), sizeOf(seen)];
  if (asked === undefined || given === undefined) return false;
  if (key === 'jobmanager.memory.jvm-overhead.min') return given >= asked;
  if (key === 'jobmanager.memory.jvm-overhead.max') return given <= asked;
  return key.includes('memory') && given === asked;
}
