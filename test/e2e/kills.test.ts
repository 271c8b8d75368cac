import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { openArena } from './support/arena.ts';
import { tellKills } from './support/kill-story.ts';

/** One kill per transition and kind of victim; the campaign (`npm run test:e2e`) draws the moments at random. */
tellKills(
  'M02, M07, M17',
  [
    { transition: 'upgrade', victim: 'sluice', afterMs: 4_000 },
    { transition: 'suspend', victim: 'sluice', afterMs: 400 },
    { transition: 'resume', victim: 'temporal', afterMs: 2_000 },
    { transition: 'upgrade', victim: 'flink', afterMs: 3_000 },
    { transition: 'cancel', victim: 'sluice', afterMs: 300 },
    { transition: 'resume', victim: 'jobmanager', afterMs: 3_500 },
    { transition: 'upgrade', victim: 'taskmanager', afterMs: 1_000 },
  ],
  () => openArena(findSampleJobs().counter),
);
