import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  acceptChange,
  earlierReply,
  type Refusal,
  reviewChange,
} from '../src/core/deployment/change.ts';
import {
  type Explanation,
  explain,
  readProgress,
  type StepProgress,
} from '../src/core/deployment/explain.ts';
import {
  type ApplyChangeRequest,
  type MarkDeletedRequest,
  malformed,
} from '../src/core/deployment/requests.ts';
import type { ChangeReply, DeploymentState } from '../src/core/deployment/state.ts';
import {
  acceptDelete,
  acceptForceCancel,
  acceptRegistration,
  acceptRetry,
  acceptSavepoint,
  acceptSignalledChange,
  acceptSignalledSavepoint,
  refuseSignal,
  reviewBacklog,
  reviewDelete,
  reviewSavepoint,
} from '../src/core/deployment/wishes.ts';
import { stepProgress } from './attempt.ts';
import { queries, refusals, signals, type UpdateReply, updates } from './messages.ts';

const applyChange = defineUpdate<UpdateReply, [ApplyChangeRequest]>(updates.applyChange);
type UpdateName = (typeof updates)[keyof typeof updates];

/** All handlers, synchronous: they edit wishes and return (temporal.md traps 5 and 6). Called before the first await. */
export function registerHandlers(
  state: DeploymentState,
  progress: { current?: StepProgress | undefined },
): void {
  registerUpdates(state);
  registerSignals(state);
  setHandler(stepProgress, (told: unknown) => {
    const read = readProgress(told);
    if (read) progress.current = read;
  });
  setHandler(defineQuery<DeploymentState>(queries.state), () => state);
  setHandler(defineQuery<Explanation>(queries.explain), () => explain(state, progress.current));
}

function registerUpdates(state: DeploymentState): void {
  setHandler(
    applyChange,
    (request) => {
      const earlier = repeated(state, updates.applyChange, request);
      if (earlier) return byThisRun(earlier);
      const reviewed = reviewChange(state, request);
      if ('refusal' in reviewed) throw failureOf(reviewed.refusal);
      return byThisRun(acceptChange(state, request, reviewed.document, Date.now()));
    },
    {
      validator: (request) => {
        requireShape(updates.applyChange, request);
        if (repeated(state, updates.applyChange, request)) return;
        refuseBacklog(state);
        const reviewed = reviewChange(state, request);
        if ('refusal' in reviewed) throw failureOf(reviewed.refusal);
      },
    },
  );
  registerChecked(
    state,
    updates.markDeleted,
    (request: MarkDeletedRequest) => reviewDelete(state, request),
    acceptDelete,
  );
  registerChecked(state, updates.triggerSavepoint, () => reviewSavepoint(state), acceptSavepoint);
  registerChecked(
    state,
    updates.registerSavepoint,
    () =>
      state.deleted ? { kind: 'notPossible', message: 'the Deployment is deleted' } : undefined,
    acceptRegistration,
  );
}

const byThisRun = (reply: ChangeReply): UpdateReply => ({ ...reply, run: workflowInfo().runId });

/** The reply to a repeat; an id that was used for something else changes nothing. */
function repeated(
  state: DeploymentState,
  name: UpdateName,
  request: { requestId: string },
): ChangeReply | undefined {
  const earlier = earlierReply(state, name, request);
  if (earlier && 'refusal' in earlier) throw failureOf(earlier.refusal);
  return earlier?.reply;
}

/** Read by nothing before it has the right shape: updates too can be sent by hand (F64). */
function requireShape(name: UpdateName, request: unknown): void {
  const message = malformed(name, request);
  if (message) throw failureOf({ kind: 'invalid', message, problems: [] });
}

function refuseBacklog(state: DeploymentState): void {
  const refusal = reviewBacklog(state);
  if (refusal) throw failureOf(refusal);
}

/** Checked again in the handler: what came before it in the same task may have changed the answer. */
function registerChecked<Request extends { requestId: string }>(
  state: DeploymentState,
  name: Exclude<UpdateName, 'applyChange'>,
  review: (request: Request) => Refusal | undefined,
  accept: (state: DeploymentState, request: Request, now: number) => ChangeReply,
): void {
  const refuse = (request: Request): void => {
    const refusal = review(request);
    if (refusal) throw failureOf(refusal);
  };
  setHandler(
    defineUpdate<UpdateReply, [Request]>(name),
    (request: Request) => {
      const earlier = repeated(state, name, request);
      if (earlier) return byThisRun(earlier);
      refuse(request);
      return byThisRun(accept(state, request, Date.now()));
    },
    {
      validator: (request: Request) => {
        requireShape(name, request);
        if (repeated(state, name, request)) return;
        refuseBacklog(state);
        refuse(request);
      },
    },
  );
}

/** A person's way in. Arguments are untrusted: garbage leaves an event and fails nothing (M36, F64). */
function registerSignals(state: DeploymentState): void {
  setHandler(defineSignal<[unknown]>(signals.setState), (wanted) =>
    acceptSignalledChange(state, signals.setState, { spec: { state: wanted } }, Date.now()),
  );
  setHandler(defineSignal<[unknown]>(signals.patchSpec), (spec) =>
    acceptSignalledChange(state, signals.patchSpec, { spec }, Date.now()),
  );
  setHandler(defineSignal(signals.triggerSavepoint), () =>
    acceptSignalledSavepoint(state, Date.now()),
  );
  setHandler(defineSignal(signals.retry), () => acceptRetry(state, Date.now()));
  setHandler(defineSignal(signals.forceCancel), () => acceptForceCancel(state, Date.now()));
  setDefaultSignalHandler((name) =>
    refuseSignal(
      state,
      Date.now(),
      name,
      `unknown; signals are ${Object.values(signals).join(', ')}`,
    ),
  );
}

function failureOf(refusal: Refusal): ApplicationFailure {
  const problems = refusal.kind === 'invalid' ? refusal.problems : [];
  return ApplicationFailure.create({
    type: refusals[refusal.kind],
    message: refusal.message,
    nonRetryable: true,
    details: [{ problems }],
  });
}
