import type { EventName } from '../../src/core/vocabulary.ts';

/** The binding order of events (api.md 3.7), in the pieces of which every story's list is made. */

export const needed: EventName = 'STATE_TRANSITION_IS_NEEDED';
export const completed: EventName = 'STATE_TRANSITION_IS_COMPLETED';

/** A cluster comes up: start's 2nd to 4th event. */
export const bringUp: EventName[] = [
  'CREATING_A_NEW_JOB',
  'SPINNING_UP_A_CLUSTER_FOR_A_JOB',
  'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
];

export const start: EventName[] = [
  needed,
  ...bringUp,
  'AWAITING_A_JOB_TO_START',
  'JOB_SUCCESSFULLY_STARTED',
  completed,
];

/** Suspend's 2nd to 8th event. */
export const stopWithSavepoint: EventName[] = [
  'CREATING_A_SAVEPOINT_BEFORE_SUSPENSION',
  'NEED_TO_TRIGGER_A_SAVEPOINT',
  'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT',
  'AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE',
  'AWAITING_SAVEPOINT_COMPLETION_TO_TRANSITION_TO_SUSPENDED',
  'TRANSITIONED_TO_COMPLETED',
  'FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION',
];

/** Cancel from its 2nd event. */
const stop: EventName[] = [
  'FOUND_A_JOB_TO_TERMINATE',
  'AWAITING_A_JOB_TO_TERMINATE',
  'AWAIT_FOR_A_CLUSTER_TO_TEARDOWN',
  completed,
];

export const cancel: EventName[] = [needed, ...stop];
export const suspend: EventName[] = [needed, ...stopWithSavepoint, ...stop];

const replaced: EventName[] = [
  'FOUND_AN_OLD_JOB_AND_WILL_TERMINATE_IT',
  'AWAITING_A_JOB_TO_START',
  'JOB_SUCCESSFULLY_STARTED',
  completed,
];

export const statelessUpgrade: EventName[] = [
  needed,
  'USING_AN_UPGRADE_STRATEGY',
  ...bringUp,
  ...replaced,
];

export const statefulUpgrade: EventName[] = [
  needed,
  'USING_AN_UPGRADE_STRATEGY',
  ...bringUp,
  ...stopWithSavepoint,
  ...replaced,
];

/** Without a standby the old cluster goes first. */
export const oldFirst: EventName[] = [
  'FOUND_AN_OLD_JOB_AND_WILL_TERMINATE_IT',
  ...bringUp,
  'AWAITING_A_JOB_TO_START',
  'JOB_SUCCESSFULLY_STARTED',
  completed,
];
