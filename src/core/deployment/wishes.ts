import { normaliseBody } from '../document/index.ts';
import { derivedUuid, savepointIdOf } from '../ids.ts';
import { begin } from './begin.ts';
import { acceptChange, type Refusal, remember, replyOf, reviewChange } from './change.ts';
import { isOutboxFull, putSavepoint, say, touch } from './outbox.ts';
import { supportsSavepoints } from './outdated.ts';
import type {
  MarkDeletedRequest,
  RegisterSavepointRequest,
  TriggerSavepointRequest,
} from './requests.ts';
import { addRestorePoint, savepointRow } from './restore-points.ts';
import type { ChangeReply, DeploymentState } from './state.ts';
import { acceptNamedRestorePoint } from './uncertain.ts';

/** Nothing is taken on that the store might never learn of: what waits for it is in the state, which is bounded (0007). */
export const reviewBacklog = (state: DeploymentState): Refusal | undefined =>
  isOutboxFull(state)
    ? {
        kind: 'notPossible',
        message: 'the store has not taken what was asked before: send this again in a moment',
      }
    : undefined;

/** May the Deployment be deleted now (api.md 3.9)? */
export function reviewDelete(
  state: DeploymentState,
  request: MarkDeletedRequest,
): Refusal | undefined {
  const expected = request.ifResourceVersion;
  if (expected !== undefined && expected !== state.resourceVersion)
    return {
      kind: 'conflict',
      message: `metadata.resourceVersion is ${state.resourceVersion}, not ${expected}: read the Deployment again`,
    };
  if (state.mustTakeStock)
    return {
      kind: 'notPossible',
      message:
        'the Deployment was just taken up again and looks at what is left of it: delete it again in a moment',
    };
  const wanted = state.document.spec.state;
  const busy = state.status.state === 'TRANSITIONING' || state.job || state.closing.length > 0;
  if (wanted !== 'RUNNING' && !busy && state.inFlight)
    return {
      kind: 'notPossible',
      message: 'it is being looked at what a lost workflow left: delete again in a moment',
    };
  if (wanted === 'RUNNING' || busy)
    return {
      kind: 'notPossible',
      message: `a Deployment is deleted only when nothing of it runs (desired state ${wanted}, status ${state.status.state}): set spec.state to CANCELLED, wait for status CANCELLED, delete again`,
    };
  return undefined;
}

/** Nothing is made for the Deployment from here on (S5); its workflow removes the rows and ends. */
export function acceptDelete(state: DeploymentState, request: MarkDeletedRequest): ChangeReply {
  state.deleted = true;
  touch(state);
  return remember(state, 'markDeleted', request, replyOf(state, true));
}

/** Savepoints of one Deployment that may wait to be taken, one after the other (0007). */
const maxRequestedSavepoints = 50;

/** A user's savepoint needs a running job and a directory (api.md 2.3, 3.8). */
export function reviewSavepoint(state: DeploymentState): Refusal | undefined {
  const { job } = state;
  if (state.requestedSavepoints.length >= maxRequestedSavepoints)
    return {
      kind: 'notPossible',
      message: `${maxRequestedSavepoints} savepoints wait to be taken: ask again when some of them are done`,
    };
  if (!job || job.ended || job.record.state !== 'STARTED')
    return {
      kind: 'noActiveJob',
      message: `no job of the Deployment is running (status ${state.status.state}): a savepoint needs one`,
    };
  if (!supportsSavepoints(job))
    return {
      kind: 'invalid',
      message: 'the job has no savepoint directory: set state.savepoints.dir in flinkConfiguration',
      problems: [
        {
          field: 'spec.template.spec.flinkConfiguration.state.savepoints.dir',
          message: 'is required for savepoints, as the server has no blobStorage.baseUri',
        },
      ],
    };
  return undefined;
}

/** Notes the request under its final id; the row is stored before Flink is asked (S22). */
export function acceptSavepoint(
  state: DeploymentState,
  request: TriggerSavepointRequest,
  now: number,
): ChangeReply {
  const job = (state.job as NonNullable<DeploymentState['job']>).record;
  state.counters.savepoint += 1;
  const savepointId = savepointIdOf(job.id, state.counters.savepoint, 0);
  const record = {
    ...savepointRow(state, savepointId, job),
    origin: 'USER_REQUEST' as const,
    flinkSavepointId: savepointId,
    state: 'STARTED' as const,
  };
  state.requestedSavepoints.push({ record });
  putSavepoint(state, record);
  say(
    state,
    now,
    'NEED_TO_TRIGGER_A_SAVEPOINT',
    `A user asked for savepoint ${savepointId}`,
    job.id,
  );
  return remember(state, 'requestSavepoint', request, { ...replyOf(state, true), savepointId });
}

/** Registers a copy as the newest restore point: just above what is the newest now (api.md 3.5, 3.8). */
export function acceptRegistration(
  state: DeploymentState,
  request: RegisterSavepointRequest,
  now: number,
): ChangeReply {
  const id = derivedUuid('copied', state.id, request.requestId);
  const [sequence, attempt, checkpoint, order] = state.restorePoints.at(-1)?.rank ?? [0, 0, 0, 0];
  addRestorePoint(state, {
    id,
    path: request.location,
    origin: 'COPIED',
    rank: [sequence, attempt, checkpoint, order + 1],
  });
  putSavepoint(state, {
    ...savepointRow(state, id),
    specVersion: request.specVersion ?? state.specVersion,
    origin: 'COPIED',
    state: 'COMPLETED',
    location: request.location,
    ...(request.flinkSavepointId ? { flinkSavepointId: request.flinkSavepointId } : {}),
  });
  acceptNamedRestorePoint(state);
  say(
    state,
    now,
    'TRANSITIONED_TO_COMPLETED',
    `A user registered ${request.location} as savepoint ${id}`,
  );
  return remember(state, 'registerSavepoint', request, {
    ...replyOf(state, true),
    savepointId: id,
  });
}

/**
 * A change that came as a signal from the command line (M36): reviewed like an API call, and what is refused becomes an
 * event, never an exception. `body` is untrusted.
 */
export function acceptSignalledChange(
  state: DeploymentState,
  signal: string,
  body: unknown,
  now: number,
): void {
  const read = normaliseBody(body, state.documentSettings);
  if (read.problems.length > 0)
    return refuseSignal(
      state,
      now,
      signal,
      read.problems.map((one) => `${one.field} ${one.message}`).join('; '),
    );
  const request = {
    requestId: `signal/${state.fence}/${state.counters.revision}`,
    verb: 'patch' as const,
    body: read.body,
    settings: state.settings,
    documentSettings: state.documentSettings,
  };
  const reviewed = reviewChange(state, request);
  if ('refusal' in reviewed) return refuseSignal(state, now, signal, reviewed.refusal.message);
  const { changed } = acceptChange(state, request, reviewed.document, now);
  if (!changed) refuseSignal(state, now, signal, 'it changes nothing');
}

/** `triggerSavepoint` from the command line. */
export function acceptSignalledSavepoint(state: DeploymentState, now: number): void {
  const refusal = reviewSavepoint(state);
  if (refusal) return refuseSignal(state, now, 'triggerSavepoint', refusal.message);
  acceptSavepoint(state, { requestId: `signal/${state.fence}/${state.counters.revision}` }, now);
}

/** `retry`: a FAILED transition is tried again now, with fresh counters (api.md 3.2). */
export function acceptRetry(state: DeploymentState, now: number): void {
  if (!state.transition.failure || state.status.state !== 'FAILED')
    return refuseSignal(
      state,
      now,
      'retry',
      `only a FAILED Deployment is retried, this one is ${state.status.state}`,
    );
  state.wish += 1;
  state.recovery = { ...state.recovery, deaths: 0, failedAt: [] };
  begin(state, now, 'A person asked to retry');
}

/** `forceCancel`: cancelled without waiting for evidence; what cannot be removed is named (reliability.md 2.2 rule 4). */
export function acceptForceCancel(state: DeploymentState, now: number): void {
  const known = state.job || state.standby || state.closing.length > 0 || state.inFlight;
  const nothingLeft = !known && !state.mustTakeStock;
  if (nothingLeft && state.status.state === 'CANCELLED')
    return refuseSignal(state, now, 'forceCancel', 'nothing is left to cancel');
  const { spec } = state.document;
  if (spec.state !== 'CANCELLED') {
    state.document = { ...state.document, spec: { ...spec, state: 'CANCELLED' } };
    state.specVersion += 1;
  }
  state.resourceVersion += 1;
  state.modifiedAt = now;
  state.force = !nothingLeft;
  state.wish += 1;
  begin(state, now, 'A person forced the cancel: evidence is not waited for');
}

/** A signal that cannot be followed leaves an event and harms nothing (F64). */
export function refuseSignal(
  state: DeploymentState,
  now: number,
  signal: string,
  why: string,
): void {
  say(state, now, 'GENERAL_FAILURE', `Signal ${signal} was ignored: ${why}`.slice(0, 2_000));
}
