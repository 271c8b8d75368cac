import { createDocument, type Document, type DocumentSettings } from '../../document/index.ts';
import { jobIdOf } from '../../ids.ts';
import type { JobRecord, SavepointRecord } from '../../records.ts';
import { defaultTransitionSettings } from '../../settings.ts';
import {
  type DeploymentStatusState,
  type DesiredState,
  deploymentStates,
  desiredStates,
  type JobState,
  type UpgradeStrategyKind,
  upgradeStrategies,
} from '../../vocabulary.ts';
import type { ClosingJob, DeploymentState, JobEnd, JobOrigin, RestorePoint } from '../state.ts';

/** States of a Deployment for tests of the core, by hand or all of them. */

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

/** A complete document; `spec` is merged over the least there is. */
export function documentOf(spec: Record<string, unknown> = {}): Document {
  const { parallelism = 1, ...rest } = spec;
  const artifact = { kind: 'JAR', jarUri: 'http://jars.example/a.jar' };
  const template = { spec: { artifact, parallelism } };
  const body = { metadata: { name: 'd' }, spec: { state: 'RUNNING', template, ...rest } };
  const made = createDocument(JSON.parse(JSON.stringify(body)), documentSettings);
  if ('problems' in made) throw new Error(JSON.stringify(made.problems));
  return made.document;
}

/** A Deployment at rest under `document`, without anything; `over` says what is different. */
export function stateOf(document: Document, over: Partial<DeploymentState> = {}): DeploymentState {
  return {
    schemaVersion: 1,
    id: 'd1',
    namespace: 'default',
    fence: 1,
    createdAt: 1,
    modifiedAt: 1,
    document,
    resourceVersion: 1,
    specVersion: 1,
    wish: 1,
    deleted: false,
    force: false,
    mustTakeStock: false,
    everRan: true,
    status: { state: 'TRANSITIONING' },
    closing: [],
    transition: { number: 1, kind: 'none', standbyRefused: false },
    restorePoints: [],
    requestedSavepoints: [],
    recovery: { deaths: 0, failedAt: [] },
    counters: { jobSequence: 5, savepoint: 5, step: 5, event: 5, revision: 5 },
    outbox: { events: [], jobs: [], savepoints: [] },
    requests: [],
    settings: defaultTransitionSettings,
    documentSettings,
    storageUri: 'file:///storage',
    ...over,
  };
}

export const jobRecord = (sequence: number, state: JobState): JobRecord => ({
  id: jobIdOf('d1', sequence, 1),
  deploymentId: 'd1',
  namespace: 'default',
  deploymentName: 'd',
  sequence,
  attempt: 1,
  specVersion: 1,
  target: 'local',
  state,
  spec: { flinkConfiguration: { 'state.savepoints.dir': 'file:///storage/savepoints' } },
});

const originOf = ({ spec }: Document): JobOrigin => ({ spec });

/** A job that runs, as `document` asks or as another one did. */
export const liveJob = (
  document: Document,
  over: Partial<NonNullable<DeploymentState['job']>> = {},
): NonNullable<DeploymentState['job']> => ({
  ...originOf(document),
  record: jobRecord(3, 'STARTED'),
  startedAt: 1,
  ...over,
});

export const closingJob = (proven: boolean): ClosingJob => ({
  record: jobRecord(2, 'TERMINATING'),
  endsAs: 'TERMINATED',
  why: 'it ended',
  proven,
  ...(proven ? {} : { mayHaveRun: true }),
});

export const savepointAt = (checkpointId: number, over: Partial<RestorePoint> = {}) => ({
  id: `savepoint-${checkpointId}`,
  path: `file:///storage/savepoints/${checkpointId}`,
  origin: 'SUSPEND' as const,
  rank: [1, 1, checkpointId, 0] satisfies RestorePoint['rank'],
  ...over,
});

const died = (state: JobEnd['state']): JobEnd => ({ state, why: `it is ${state}`, at: 2 });

const requested: SavepointRecord = {
  id: 'asked-for',
  deploymentId: 'd1',
  namespace: 'default',
  jobId: jobRecord(3, 'STARTED').id,
  specVersion: 1,
  origin: 'USER_REQUEST',
  state: 'STARTED',
};

const jobs = ['none', 'matching', 'outdated', 'failed', 'gone', 'finished', 'degraded'] as const;
const standbys = ['none', 'matching', 'outdated'] as const;
const closings = ['none', 'proven', 'unproven'] as const;

/** The dimensions of what a Deployment can be in. */
export interface Dimensions {
  wanted: DesiredState;
  status: DeploymentStatusState;
  strategy: UpgradeStrategyKind;
  job: (typeof jobs)[number];
  standby: (typeof standbys)[number];
  closing: (typeof closings)[number];
  failed: boolean;
  forced: boolean;
  asked: boolean;
  restorable: boolean;
}

/** Every combination, also those no story leads to: a decision must be right in each. */
export function* everyCombination(): Generator<Dimensions> {
  for (const wanted of desiredStates)
    for (const status of deploymentStates)
      for (const strategy of upgradeStrategies)
        for (const job of jobs)
          for (const standby of standbys)
            for (const closing of closings)
              for (const flags of everyFlag())
                yield { wanted, status, strategy, job, standby, closing, ...flags };
}

function* everyFlag(): Generator<Pick<Dimensions, 'failed' | 'forced' | 'asked' | 'restorable'>> {
  for (let bits = 0; bits < 16; bits += 1)
    yield {
      failed: (bits & 1) > 0,
      forced: (bits & 2) > 0,
      asked: (bits & 4) > 0,
      restorable: (bits & 8) > 0,
    };
}

const documents = new Map<string, Document>();

/** Documents are made once: most of the time of the enumeration would go there. */
function documentFor(wanted: DesiredState, strategy: UpgradeStrategyKind, parallelism: number) {
  const key = `${wanted} ${strategy} ${parallelism}`;
  const made =
    documents.get(key) ??
    documentOf({ state: wanted, upgradeStrategy: { kind: strategy }, parallelism });
  documents.set(key, made);
  return made;
}

/** The state of a combination. */
export function stateFor(at: Dimensions): DeploymentState {
  const now = documentFor(at.wanted, at.strategy, 1);
  const before = documentFor(at.wanted, at.strategy, 2);
  const job = jobFor(at, now, before);
  return stateOf(now, {
    status: { state: at.status, ...(at.status === 'RUNNING' ? running() : {}) },
    force: at.forced,
    closing: at.closing === 'none' ? [] : [closingJob(at.closing === 'proven')],
    restorePoints: at.restorable ? [savepointAt(1)] : [],
    requestedSavepoints: at.asked ? [{ record: requested }] : [],
    ...(job ? { job } : {}),
    ...(at.standby === 'none'
      ? {}
      : {
          standby: {
            ...originOf(at.standby === 'matching' ? now : before),
            record: jobRecord(4, 'STANDBY'),
            attempt: 1,
          },
        }),
    transition: {
      number: 1,
      kind: 'upgrade',
      standbyRefused: false,
      ...(at.failed
        ? {
            failure: {
              reason: 'JOB_START_FAILED',
              message: 'it failed',
              failedAt: 1,
              eventName: 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
            },
          }
        : {}),
    },
  });
}

const running = () => ({ running: { jobId: jobRecord(3, 'STARTED').id, transitionTime: 1 } });

function jobFor(at: Dimensions, now: Document, before: Document): DeploymentState['job'] {
  switch (at.job) {
    case 'none':
      return undefined;
    case 'matching':
      return liveJob(now);
    case 'outdated':
      return liveJob(before);
    case 'degraded':
      return liveJob(now, { degraded: 'a TaskManager is missing' });
    case 'failed':
      return liveJob(now, { ended: died('FAILED') });
    case 'gone':
      return liveJob(before, { ended: died('GONE') });
    case 'finished':
      return liveJob(now, { ended: died('FINISHED') });
  }
}
