const units: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const short = /^(\d+)\s*(ms|s|min|m|h|d)$/i;

/**
 * Milliseconds of a duration as `jobFailureExpirationTime` is written: ISO 8601 (`PT10M`) or number and unit (`600s`,
 * `10m`, `1h`). `undefined`: no duration, not above zero (V34), or too long to count in milliseconds.
 */
export function durationMs(text: string): number | undefined {
  const ms = parse(text.trim());
  return ms !== undefined && ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

function parse(text: string): number | undefined {
  const plain = short.exec(text);
  if (plain) return Number(plain[1]) * (units[(plain[2] ?? '').toLowerCase()] ?? Number.NaN);
  const parts = iso.exec(text);
  if (!parts) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return Math.round(
    (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1_000,
  );
}
