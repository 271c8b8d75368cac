import { createBringUp } from './bring-up.ts';
import type { Activities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { createRecords } from './records.ts';
import { createSavepoints } from './savepoints.ts';
import { createStart } from './start.ts';
import { createStop } from './stop.ts';
import { createWatchJob } from './watch-job.ts';

export type { Activities } from './contract.ts';
export type { ActivityDeps } from './deps.ts';

/** All effects, made with what the composition root hands over. */
export const createActivities = (deps: ActivityDeps): Activities => ({
  ...createRecords(deps),
  ...createBringUp(deps),
  ...createStart(deps),
  ...createSavepoints(deps),
  ...createStop(deps),
  ...createWatchJob(deps),
});
