import { tellKills } from '../e2e/support/kill-story.ts';
import { openKillField } from './support/kill-field.ts';

/** Some kills; the campaign (`npm run test:kubernetes -- campaign`) draws the moments at random. */
tellKills(
  'M02',
  [
    { transition: 'upgrade', victim: 'sluice', afterMs: 6_000 },
    { transition: 'suspend', victim: 'jobmanager', afterMs: 400 },
    { transition: 'resume', victim: 'sluice', afterMs: 3_000 },
    { transition: 'upgrade', victim: 'flink', afterMs: 4_000 },
    { transition: 'cancel', victim: 'temporal', afterMs: 300 },
  ],
  openKillField,
);
