import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition, never for a time.
 * @throws with what was seen last, when it does not come within the bound.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  { withinMs = 120_000, everyMs = 200 } = {},
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(
        `not within ${withinMs} ms: ${what}; last seen ${JSON.stringify(seen)?.slice(0, 1_000)}`,
      );
    await sleep(everyMs);
  }
}
