import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const secondsMs = 1_000;

/** Stories on real Temporal over the fake world. */
const stories = {
  include: ['test/{scenarios,replay,faults}/**/*.test.ts'],
  globalSetup: ['test/support/temporal-server.ts'],
  execArgv: [
    '--require',
    fileURLToPath(new URL('test/support/quick-workflows.cjs', import.meta.url)),
  ],
  // A story that goes well takes seconds; how many depends on the machine, which says nothing about the product.
  testTimeout: 240 * secondsMs,
  hookTimeout: 120 * secondsMs,
  maxWorkers: 2,
  maxConcurrency: 4,
};

/**
 * Projects by what a test needs. The later ones run alone, after the earlier ones: they start servers and JVMs, and
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
            'test/{bench,docs,fakes,support}/**/*.test.ts',
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
          ...stories,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // Once more without the workflow cache: every task replays, so that ordering bugs fail at once. Faults of
          // the world change what is answered and not the order of things, and take as long as all the rest.
          name: 'workflow-replayed',
          ...stories,
          include: ['test/{scenarios,replay}/**/*.test.ts'],
          env: { SLUICE_TEST_WORKFLOW_CACHE: '0' },
          sequence: { groupOrder: 3 },
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
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
