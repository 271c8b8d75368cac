/** What many samples come to. Times are milliseconds unless the figure says otherwise. */
export interface Summary {
  n: number;
  median: number;
  min: number;
  max: number;
  /** Only from 100 samples on: below, it would be another name for the maximum. */
  p99?: number;
}

/** @throws {RangeError} no samples: a figure of nothing is a broken benchmark. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError('no samples');
  return {
    n: sorted.length,
    median: quantile(sorted, 0.5),
    min,
    max,
    ...(sorted.length >= 100 && { p99: quantile(sorted, 0.99) }),
  };
}

/** Linear between the two nearest samples. @param sorted ascending, not empty. */
function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(position)] ?? 0, sorted[Math.ceil(position)] ?? 0];
  return low + (high - low) * (position - Math.floor(position));
}

/**
 * How many times as much `ours` takes as `theirs`, of samples taken in turns: the ratio of each pair, so that a machine
 * that is busy for a while is busy for both.
 */
export const pairedRatios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.flatMap((value, index) => {
    const other = theirs[index];
    return other === undefined || other === 0 ? [] : [value / other];
  });
