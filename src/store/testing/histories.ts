import fc from 'fast-check';
import type {
  DeploymentRecord,
  JobRecord,
  RecordBatch,
  SavepointRecord,
} from '../../core/records.ts';
import type { JobState } from '../../core/vocabulary.ts';
import { aJob, anEvent, aSavepoint, someTime } from './records.ts';

/** One write of an invented workflow: how far each of two Jobs and of two Savepoints moves, and how many events it says. */
interface Move {
  jobs: [number, number];
  savepoints: [number, number];
  events: number;
}

const step = fc.nat({ max: 2 });

/** The moves of a short life. */
export const someMoves = fc.array(
  fc.record({
    jobs: fc.tuple(step, step),
    savepoints: fc.tuple(step, step),
    events: fc.nat({ max: 3 }),
  }),
  { minLength: 1, maxLength: 7 },
);

const jobLives: readonly (readonly JobState[])[] = [
  ['STANDBY', 'STARTING', 'STARTED', 'STARTED', 'TERMINATING', 'TERMINATED'],
  ['STARTING', 'STARTING', 'STARTED', 'FAILED'],
];
const savepointLives: readonly (readonly Partial<SavepointRecord>[])[] = [
  [{ state: 'STARTED' }, { state: 'COMPLETED' }, { state: 'COMPLETED', location: 'file:/s' }],
  [{ state: 'STARTED' }, { state: 'STARTED', type: 'FULL' }, { state: 'FAILED' }],
];

/** The batches of a workflow that obeys the rules: its revision rises, Jobs and Savepoints only move on. */
export function historyOf(deployment: DeploymentRecord, moves: Move[]): RecordBatch[] {
  const reached = { jobs: [-1, -1], savepoints: [-1, -1] };
  return moves.map((move, index) => {
    const revision = index + 2;
    const { id: deploymentId, namespace, fence } = deployment;
    return {
      deploymentId,
      namespace,
      fence,
      at: someTime + revision,
      deployment: { ...deployment, revision, resourceVersion: revision },
      jobs: advance(reached.jobs, move.jobs, jobLives, (life, nth, at) =>
        jobIn(deployment, life, nth, at),
      ),
      savepoints: advance(reached.savepoints, move.savepoints, savepointLives, (life, nth, at) =>
        aSavepoint(deployment, { id: `${deploymentId}/s${nth}`, ...life[at] }),
      ),
      events: Array.from({ length: move.events }, (_, nth) => anEvent(`${revision}/${nth}`)),
    };
  });
}

function jobIn(
  of: DeploymentRecord,
  life: readonly JobState[],
  nth: number,
  at: number,
): JobRecord {
  const state = life[at] ?? 'FAILED';
  return aJob(of, { id: `${of.id}/j${nth}`, sequence: nth, state, spec: { at } });
}

/** Moves each thing along its life and returns those that moved, as they are then. */
function advance<State, Thing>(
  reached: number[],
  steps: readonly number[],
  lives: readonly (readonly State[])[],
  make: (life: readonly State[], nth: number, at: number) => Thing,
): Thing[] {
  return lives.flatMap((life, nth) => {
    const before = reached[nth] ?? -1;
    const after = Math.min(before + (steps[nth] ?? 0), life.length - 1);
    reached[nth] = after;
    return after > before ? [make(life, nth, after)] : [];
  });
}
