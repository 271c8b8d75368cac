import {
  compareDocuments,
  type Document,
  documentWarnings,
  patchDocument,
  replaceDocument,
} from '../document/index.ts';
import type { FieldProblem } from '../errors/index.ts';
import { begin } from './begin.ts';
import { say, touch } from './outbox.ts';
import { contentOf } from './request-content.ts';
import type { ApplyChangeRequest, RequestKind } from './requests.ts';
import type { ChangeReply, DeploymentState } from './state.ts';

/** Why a request was refused; nothing has changed. Mapped to `ApplicationFailure` types by the workflow. */
export type Refusal =
  | { kind: 'invalid'; message: string; problems: readonly FieldProblem[] }
  | { kind: 'tooLarge'; message: string }
  | { kind: 'conflict'; message: string }
  | { kind: 'notPossible'; message: string }
  | { kind: 'noActiveJob'; message: string };

const keptRequests = 256;

/**
 * What was answered to this request before, in this run or an earlier one (S16, trap 7). An id that was used for something
 * else is refused: the earlier reply would tell its sender that a thing was done which never was.
 */
export function earlierReply(
  state: DeploymentState,
  kind: RequestKind,
  request: { requestId: string },
): { reply: ChangeReply } | { refusal: Refusal } | undefined {
  const known = state.requests.find(({ id }) => id === request.requestId);
  if (!known) return undefined;
  if (known.content === contentOf(kind, request)) return { reply: known.reply };
  const message =
    'was used before for another request: repeat that one as it was, or send this one under a new id';
  const problems = [{ field: 'requestId', message }];
  return { refusal: { kind: 'invalid', message: `requestId ${message}`, problems } };
}

/** Keeps the reply for repeats. */
export function remember(
  state: DeploymentState,
  kind: RequestKind,
  request: { requestId: string },
  reply: ChangeReply,
): ChangeReply {
  const kept = { id: request.requestId, content: contentOf(kind, request), reply };
  state.requests = [...state.requests, kept].slice(-keptRequests);
  return reply;
}

/** Reviews a change without making it: the new document, or why not. Pure and read-only, as a validator must be. */
export function reviewChange(
  state: DeploymentState,
  request: ApplyChangeRequest,
): { document: Document } | { refusal: Refusal } {
  if (state.deleted)
    return { refusal: { kind: 'notPossible', message: 'the Deployment is being deleted' } };
  const expected = request.ifResourceVersion;
  if (expected !== undefined && expected !== state.resourceVersion) {
    const message = `metadata.resourceVersion is ${state.resourceVersion}, not ${expected}: read the Deployment again and repeat the change`;
    return { refusal: { kind: 'conflict', message } };
  }
  const made =
    request.verb === 'patch'
      ? patchDocument(state.document, request.body, request.documentSettings)
      : replaceDocument(
          state.document,
          request.body,
          request.documentSettings,
          request.applyDefaults ?? false,
        );
  if ('document' in made) return made;
  const message = made.problems.map((one) => `${one.field} ${one.message}`).join('; ');
  return made.tooLarge
    ? { refusal: { kind: 'tooLarge', message } }
    : { refusal: { kind: 'invalid', message, problems: made.problems } };
}

/**
 * Makes a reviewed change. A no-op changes nothing and starts nothing (api.md 1.5); an effective one is stored, and
 * acted on when it is one of `spec` (or, under `upgradeTrigger: spec`, of the user's annotations).
 */
export function acceptChange(
  state: DeploymentState,
  request: ApplyChangeRequest,
  document: Document,
  now: number,
): ChangeReply {
  const difference = compareDocuments(state.document, document, request.documentSettings);
  const warnings = documentWarnings(document, request.documentSettings);
  if (!difference.changed)
    return remember(state, 'applyChange', request, replyOf(state, false, warnings));
  const known = documentWarnings(state.document, state.documentSettings);
  state.document = document;
  // They say what counts as another Job: taken over with a label, they would start an upgrade for what changed long ago.
  if (difference.specChanged) state.documentSettings = request.documentSettings;
  state.settings = request.settings;
  state.resourceVersion += 1;
  state.modifiedAt = now;
  touch(state);
  const fresh = warnings.filter((warning) => !known.includes(warning));
  for (const warning of [...fresh, ...(request.warnings ?? [])])
    say(state, now, 'GENERAL_FAILURE', `Warning: ${warning}`);
  if (difference.specChanged) {
    state.specVersion += 1;
    state.wish += 1;
    begin(state, now, describeChange(state, difference.onlyStateChanged));
  }
  return remember(state, 'applyChange', request, replyOf(state, true, warnings));
}

function describeChange(state: DeploymentState, onlyState: boolean): string {
  const wanted = `desired state ${state.document.spec.state}`;
  return onlyState ? `A user set the ${wanted}` : `A user changed the specification (${wanted})`;
}

/** The state as the answer to a request. */
export const replyOf = (
  state: DeploymentState,
  changed: boolean,
  warnings: string[] = [],
): ChangeReply => ({
  changed,
  resourceVersion: state.resourceVersion,
  revision: state.counters.revision,
  warnings,
});
