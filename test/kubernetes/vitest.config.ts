import { defineConfig } from 'vitest/config';

const secondsMs = 1_000;

/** The suite on a real cluster (README.md); `npm test` does not have it, as it needs root and minutes. */
export default defineConfig({
  test: {
    name: 'kubernetes',
    include: ['test/kubernetes/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 240 * secondsMs,
    hookTimeout: 120 * secondsMs,
    // One machine of two cores bears the cluster, Flink and Sluice.
    fileParallelism: false,
  },
});
