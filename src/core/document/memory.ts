const factors: Record<string, number> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Bytes of an amount of memory as `resources` spell it: `1g`, `1G`, `1.5g`, `1024m`, `1gb` (binary units, as Flink
 * reads them). `undefined`: no such amount, or not above zero (V20).
 */
export function memoryBytes(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)([kmgt])b?$/i.exec(text);
  if (!parts) return undefined;
  const bytes = Math.floor(Number(parts[1]) * (factors[(parts[2] ?? '').toLowerCase()] ?? 0));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
