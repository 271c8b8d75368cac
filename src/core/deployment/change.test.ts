import { expect, test } from 'vitest';
import type { DocumentSettings } from '../document/index.ts';
import { acceptChange, reviewChange } from './change.ts';
import { decide } from './decide.ts';
import type { DeploymentState } from './state.ts';
import { documentOf, liveJob, stateOf } from './testing/states.ts';

type Trigger = DocumentSettings['upgradeTrigger'];

/** A PATCH that reaches a server with this `upgradeTrigger`. */
function patch(state: DeploymentState, upgradeTrigger: Trigger, body: object): void {
  const request = {
    requestId: JSON.stringify(body),
    verb: 'patch' as const,
    body: JSON.parse(JSON.stringify(body)),
    documentSettings: { ...state.documentSettings, upgradeTrigger },
    settings: state.settings,
  };
  const reviewed = reviewChange(state, request);
  if ('refusal' in reviewed) throw new Error(reviewed.refusal.message);
  acceptChange(state, request, reviewed.document, 2);
}

/** Runs, with a change that was none for its server: only the template counted there. */
function runningUnderTemplate(): DeploymentState {
  const document = documentOf();
  const job = liveJob(document);
  const running = { jobId: job.record.id, transitionTime: 1 };
  const state = stateOf(document, { job, status: { state: 'RUNNING', running } });
  state.documentSettings = { ...state.documentSettings, upgradeTrigger: 'template' };
  patch(state, 'template', { spec: { maxJobCreationAttempts: 9 } });
  expect(decide(state).step).toBe('wait');
  return state;
}

test('a label starts nothing, also where the server now upgrades for more than before (S14, M19)', () => {
  const state = runningUnderTemplate();
  patch(state, 'spec', { metadata: { labels: { tier: '1' } } });
  expect(state.document.labels).toEqual({ tier: '1' });
  expect(state.status.state).toBe('RUNNING');
  expect(decide(state).step).toBe('wait');
});

test("the server's settings apply from the next change of the specification on", () => {
  const state = runningUnderTemplate();
  patch(state, 'spec', { metadata: { labels: { tier: '1' } } });
  patch(state, 'spec', { spec: { maxJobCreationAttempts: 10 } });
  expect(state.status.state).toBe('TRANSITIONING');
  expect(decide(state).step).toBe('prepare-cluster');
});
