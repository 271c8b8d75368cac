/**
 * Does it for each, at most `size` at a time: more than ten updates in flight per run hang behind each other anyway
 * (temporal.md trap 5).
 */
export async function inWaves<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
  size = 10,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += size)
    results.push(...(await Promise.all(items.slice(from, from + size).map(act))));
  return results;
}
