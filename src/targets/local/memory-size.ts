const unitBytes: Record<string, number> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * MiB of an amount of memory in Flink's spelling (its class `MemorySize`): `1g`, `512 mb`, `64 mebibytes`, `1048576`
 * (bytes). Fractions (`1.5g`) are read as well, since `resources` may hold them. Undefined: not an amount.
 */
export function mebibytes(text: string): number | undefined {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:b|ibibytes|ebibytes|ytes)?\s*$/i.exec(text);
  if (parts === null) return undefined;
  const bytes = Number(parts[1]) * (unitBytes[(parts[2] || 'b').toLowerCase()] ?? 1);
  return Math.floor(bytes / 2 ** 20);
}
