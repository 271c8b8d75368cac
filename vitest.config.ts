import { defineConfig } from 'vitest/config';

const secondsMs = 1_000;

/**
 * Four projects by what a test needs. The later ones run alone, after the earlier ones: they start servers and JVMs, and
 * time-outs on a crowded machine say nothing.
 */
export default defineConfig({
  test: {
    pool: 'forks', // the native core of Temporal does not live in threads
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{src,api,activities,workflows}/**/*.test.ts',
            'test/{fakes,support}/**/*.test.ts',
          ],
          exclude: ['**/*.{real,pg}.test.ts'],
          testTimeout: 20 * secondsMs,
          hookTimeout: 30 * secondsMs,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['**/*.pg.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 60 * secondsMs,
          hookTimeout: 120 * secondsMs,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'workflow',
          include: ['test/{scenarios,replay,faults}/**/*.test.ts'],
          globalSetup: ['test/support/temporal-server.ts'],
          testTimeout: 60 * secondsMs,
          hookTimeout: 120 * secondsMs,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/{e2e,contract}/**/*.test.ts', '**/*.real.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 300 * secondsMs,
          hookTimeout: 300 * secondsMs,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
