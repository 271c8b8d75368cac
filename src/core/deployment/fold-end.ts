import { retireJob } from './apply-decision.ts';
import { noteDeath } from './death.ts';
import { foldStopped, foldUncertain, registerStop } from './fold-stop.ts';
import { say } from './outbox.ts';
import { registerFound } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import { setStatus } from './status.ts';
import type { RecordEndOutcome } from './steps.ts';

/** A job that ended without our doing: its restore points are kept, then the desired state says what follows. */
export function foldRecordEnd(
  state: DeploymentState,
  outcome: RecordEndOutcome,
  now: number,
): void {
  const { job } = state;
  if (!job) return;
  const last = outcome.stops.at(-1);
  if (!job.lossAccepted) {
    for (const stop of outcome.stops) registerStop(state, job.record, stop);
    if (outcome.found) registerFound(state, job.record, outcome.found);
  }
  if (outcome.kind === 'uncertain') return foldUncertain(state, outcome, now);
  if (outcome.kind === 'stopped') {
    if (last) foldStopped(state, { ...last, proven: job.ended?.state !== 'GONE' }, now);
    return;
  }
  const { end } = outcome;
  // Not read: nothing starts before what it left was looked for, as its cluster goes.
  const isRead = outcome.kind !== 'unread';
  const jobId = job.record.id;
  const wanted = state.document.spec.state;
  if (end.state === 'FINISHED') {
    say(state, now, 'JOB_SUCCESSFULLY_FINISHED', 'Flink says that the job finished', jobId);
    retireJob(state, now, { endsAs: 'FINISHED', why: 'the job finished', proven: isRead });
    if (wanted === 'CANCELLED') return;
    setStatus(state, now, { state: 'FINISHED' });
    say(state, now, 'TRANSITIONED_TO_FINISHED_STATE', 'The Deployment is FINISHED', jobId);
    return;
  }
  say(
    state,
    now,
    'FOUND_A_STOPPED_JOB_AND_WILL_TERMINATE_IT',
    `The job is gone: ${end.why}`,
    jobId,
  );
  const { startedAt, spec, annotations } = job;
  const origin = { spec, ...(annotations ? { annotations } : {}) };
  const proven = isRead && end.state !== 'GONE';
  retireJob(state, now, { endsAs: 'FAILED', why: end.why, proven });
  if (wanted === 'RUNNING') noteDeath(state, { startedAt, end, origin }, now);
}
