import { expect, test } from 'vitest';
import { createDocument, type DocumentSettings } from '../document/index.ts';
import { jobIdOf } from '../ids.ts';
import { defaultTransitionSettings } from '../settings.ts';
import { acceptChange, reviewChange } from './change.ts';
import { createState } from './create.ts';
import { decide } from './decide.ts';
import type { ClosingJob, DeploymentState } from './state.ts';

const documentSettings: DocumentSettings = {
  upgradeTrigger: 'spec',
  strictNames: false,
  specStatusAlias: false,
  flinkVersions: [{ version: '2.3', imageTag: '2.3.0' }],
  flinkImageRegistry: '',
  flinkImageRepository: 'flink',
  loggingProfiles: [],
  defaults: { deploymentTargetName: 'local' },
  hasStorage: true,
};
const settings = defaultTransitionSettings;

function aDeployment(spec: Record<string, unknown> = {}): DeploymentState {
  const artifact = { kind: 'JAR', jarUri: 'http://jars.example/a.jar' };
  const body = JSON.stringify({
    metadata: { name: 'd' },
    spec: { state: 'RUNNING', template: { spec: { artifact } }, ...spec },
  });
  const made = createDocument(JSON.parse(body), documentSettings);
  if ('problems' in made) throw new Error(JSON.stringify(made.problems));
  const { document } = made;
  const given = { id: 'd1', namespace: 'default', storageUri: 'file:///storage', now: 1 };
  return createState({ ...given, document, settings, documentSettings, warnings: [] }).state;
}

const record = {
  id: jobIdOf('d1', 1, 1),
  deploymentId: 'd1',
  namespace: 'default',
  deploymentName: 'd',
  sequence: 1,
  attempt: 1,
  specVersion: 1,
  target: 'local',
  spec: {},
};

const stillClosing = (endsAs: ClosingJob['endsAs']): ClosingJob => ({
  record: { ...record, state: 'TERMINATING' },
  endsAs,
  why: 'it ended',
  proven: true,
});

/** A bounded job that has ended well; its cluster is still being removed. */
const justFinished = (): DeploymentState => ({
  ...aDeployment(),
  everRan: true,
  status: { state: 'FINISHED' },
  closing: [stillClosing('FINISHED')],
});

function change(state: DeploymentState, body: object): void {
  const request = {
    requestId: JSON.stringify(body),
    verb: 'patch' as const,
    body: JSON.parse(JSON.stringify(body)),
    documentSettings,
    settings,
  };
  const reviewed = reviewChange(state, request);
  if ('refusal' in reviewed) throw new Error(reviewed.refusal.message);
  acceptChange(state, request, reviewed.document, 2);
}

const namesIn = (state: DeploymentState) => state.outbox.events.map(({ name }) => name);

test.each([
  { spec: { template: { spec: { parallelism: 2 } } } },
  { spec: { state: 'SUSPENDED' } },
  { metadata: { annotations: { team: 'a' } } },
])('FINISHED stays while its cluster is removed, whatever is changed: %j (M13, S15)', (body) => {
  const state = justFinished();
  change(state, body);
  expect(state.status).toEqual({ state: 'FINISHED' });
  expect(decide(state).step).toBe('close-cluster');
  expect(namesIn(state)).toEqual([]);
});

test.each([{ spec: { template: { spec: { parallelism: 2 } } } }, { spec: { state: 'SUSPENDED' } }])(
  'FINISHED stays when its workflow was just made anew, whatever is changed: %j (S15, F65)',
  (body) => {
    const state = { ...justFinished(), mustTakeStock: true };
    change(state, body);
    expect(state.status).toEqual({ state: 'FINISHED' });
    expect(decide(state).step).toBe('take-stock');
  },
);

test('a cancel leaves FINISHED, also while its cluster is removed (api.md 3.2)', () => {
  const state = justFinished();
  change(state, { spec: { state: 'CANCELLED' } });
  expect(state.status.state).toBe('TRANSITIONING');
});

test('under upgradeStrategy NONE a change is no transition, even behind an upgrade (M18)', () => {
  const state = aDeployment({ upgradeStrategy: { kind: 'NONE' } });
  const { spec } = state.document;
  state.job = { record: { ...record, state: 'STARTED' }, spec, startedAt: 1 };
  state.status = { state: 'RUNNING', running: { jobId: record.id, transitionTime: 1 } };
  state.closing = [stillClosing('TERMINATED')];
  change(state, { spec: { template: { spec: { parallelism: 2 } } } });
  expect(state.status.state).toBe('RUNNING');
  expect(namesIn(state)).toEqual([]);
});

test('a job that is wanted again before its stop began is no upgrade (M19)', () => {
  const state = aDeployment();
  const { spec } = state.document;
  state.job = { record: { ...record, state: 'STARTED' }, spec, startedAt: 1 };
  state.status = { state: 'RUNNING', running: { jobId: record.id, transitionTime: 1 } };
  change(state, { spec: { state: 'SUSPENDED' } });
  state.inFlight = { step: 'take-savepoint', reason: 'r', since: 2, wish: state.wish };
  change(state, { spec: { state: 'RUNNING' } });
  expect(namesIn(state)).toEqual(['STATE_TRANSITION_IS_NEEDED', 'STATE_TRANSITION_IS_NEEDED']);
  expect(state.transition.kind).toBe('start');
});
