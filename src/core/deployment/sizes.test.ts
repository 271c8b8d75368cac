import { expect, test } from 'vitest';
import { type Document, jsonBytes, maxDocumentBytes, renderJob } from '../document/index.ts';
import { clusterIdOf, jobIdOf } from '../ids.ts';
import type { JobRecord } from '../records.ts';
import type { JobState } from '../vocabulary.ts';
import { remember } from './change.ts';
import { noteDeath } from './death.ts';
import { foldPreparation } from './fold-start.ts';
import { lean } from './lean.ts';
import { isOutboxFull, say } from './outbox.ts';
import { planStep } from './plan.ts';
import { batchOf } from './record.ts';
import { malformed } from './requests.ts';
import { addRestorePoint } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import { handleOf } from './steps.ts';
import { closingJob, documentOf, stateOf } from './testing/states.ts';
import { acceptRegistration, acceptSavepoint, reviewBacklog, reviewSavepoint } from './wishes.ts';

/** Temporal's limit of a payload, and what is left of it for what Temporal adds. */
const maxPayloadBytes = 0.9 * 2 * 1024 * 1024;

const directory = `s3://bucket/${'d'.repeat(1_012)}`;
const longPath = `${directory}/${'p'.repeat(150)}`;
const longMessage = 'Ö'.repeat(3_000);

/** A document as large as it may be, nearly all of it configuration, with the longest directories. */
function fullSize(parallelism: number, more: object = {}): Document {
  const flinkConfiguration = (filler: number) => ({
    'state.checkpoints.dir': directory,
    'state.savepoints.dir': directory,
    filler: 'x'.repeat(filler),
  });
  const made = (filler: number) => {
    const document = documentOf({ parallelism, ...more });
    document.spec.template.spec.flinkConfiguration = flinkConfiguration(filler);
    return document;
  };
  return made(maxDocumentBytes - jsonBytes(made(0)));
}

/** What a step's child makes of a document: the row with the whole configuration. */
function attemptOf(document: Document, sequence: number, state: JobState) {
  const id = jobIdOf('d1', sequence, 1);
  const of = { deploymentId: 'd1', namespace: 'default', target: 'local' };
  const identity = { ...of, clusterId: clusterIdOf(id), jobId: id, deploymentName: 'd' };
  const rendered = renderJob({ spec: document.spec, identity, storageUri: '' });
  const spec = { ...rendered.jobSpec, savepointLocation: longPath };
  const numbers = { sequence, attempt: 1, specVersion: 1 };
  const record: JobRecord = { id, ...of, ...numbers, deploymentName: 'd', state, spec };
  return { record, rendered };
}

/** An upgrade of a Deployment of which everything is as large as it can get; each document is another one. */
function largest(): DeploymentState {
  const state = stateOf(fullSize(1), { status: { state: 'TRANSITIONING' } });
  const { record } = attemptOf(fullSize(2), 3, 'STARTED');
  state.job = { ...fullSize(2), record: lean(record), startedAt: 1, restoredFrom: longPath };
  const end = { state: 'FAILED' as const, why: longMessage, at: 1 };
  const origin = { spec: fullSize(3, { jobFailureExpirationTime: '9h' }).spec };
  state.document.spec.jobFailureExpirationTime = '9h';
  for (let i = 0; i < 6_000; i += 1) noteDeath(state, { startedAt: 1, end, origin }, 2);
  state.closing = [1, 2, 3].map(() => ({
    ...closingJob(true),
    record: lean(record),
    why: longMessage,
  }));
  state.transition = { number: 1, kind: 'upgrade', standbyRefused: false };
  for (let i = 0; i < 120; i += 1) {
    const rank: [number, number, number, number] = [1, 1, i, 0];
    const path = `${longPath}${i}`;
    addRestorePoint(state, { id: `c${i}`, path, origin: 'RETAINED_CHECKPOINT', rank });
    addRestorePoint(state, { id: `s${i}`, path: `${path}/s`, origin: 'COPIED', rank });
  }
  const reply = {
    changed: true,
    resourceVersion: 1,
    revision: 1,
    warnings: Array(7).fill('w'.repeat(300)),
  };
  for (let i = 0; i < 300; i += 1)
    remember(state, 'markDeleted', { requestId: `${i}-${'k'.repeat(140)}` }, reply);
  for (let i = 0; !reviewSavepoint(state); i += 1)
    acceptSavepoint(state, { requestId: `s${i}` }, 2);
  for (let i = 0; !reviewBacklog(state); i += 1)
    acceptRegistration(state, { requestId: `r${i}`, location: longPath }, 2);
  for (let i = 0; i < 500; i += 1) say(state, 2, 'GENERAL_FAILURE', longMessage);
  state.outbox.jobs = [1, 2, 3, 4].map((i) => ({ ...lean(record), id: `j${i}` }));
  return state;
}

test('nothing that crosses Temporal is larger than Temporal takes, however full a Deployment is (0007)', () => {
  const state = largest();
  const next = attemptOf(state.document, 6, 'STANDBY');
  const preparation = planStep(
    { ...state, closing: [], requestedSavepoints: [] },
    { step: 'prepare-cluster', reason: '' },
    3,
  );
  if (preparation.step !== 'prepare-cluster') throw new Error(preparation.step);
  foldPreparation(state, preparation.input, { kind: 'ready', record: next.record, attempt: 1 }, 3);
  const stop = planStep(state, { step: 'take-savepoint', purpose: 'upgrade', reason: '' }, 3);
  const ask = planStep(state, { step: 'user-savepoint', reason: '' }, 3);
  const write = { jobs: [next.record], events: Array(5).fill({ message: longMessage }) };
  const sizes = {
    state: jsonBytes(state),
    write: jsonBytes(batchOf(state, 3)),
    preparation: jsonBytes(preparation),
    start: jsonBytes(planStep({ ...state }, { step: 'start-job', reason: '' }, 3)),
    stop: jsonBytes(stop),
    ask: jsonBytes(ask),
    cluster: jsonBytes(next.rendered.cluster),
    writeOfStep: jsonBytes(write),
    outcomeOfStep: jsonBytes({ record: next.record, notes: [longMessage] }),
  };
  for (const [what, bytes] of Object.entries(sizes))
    expect.soft({ what, fits: bytes < maxPayloadBytes, bytes }).toMatchObject({ fits: true });
});

test('while the store is away events wait, as many as there is room for, and the last says so', () => {
  const state = stateOf(documentOf());
  for (let i = 0; i < 3_000; i += 1) say(state, 2, 'GENERAL_FAILURE', `event ${i}`);
  expect(isOutboxFull(state)).toBe(true);
  expect(state.outbox.events).toHaveLength(1_001);
  expect(state.outbox.events.at(-2)?.message).toBe('event 999');
  expect(state.outbox.events.at(-1)?.message).toContain('what follows is not told');
  expect(reviewBacklog(state)).toMatchObject({ kind: 'notPossible' });
  state.outbox.events = [];
  expect(reviewBacklog(state)).toBeUndefined();
});

test('of savepoints that wait there are 50, then the next is to be asked for again', () => {
  const state = stateOf(documentOf(), { status: { state: 'RUNNING' } });
  state.job = {
    ...documentOf(),
    record: attemptOf(fullSize(1), 3, 'STARTED').record,
    startedAt: 1,
  };
  for (let i = 0; i < 50; i += 1) {
    expect(reviewSavepoint(state)).toBeUndefined();
    acceptSavepoint(state, { requestId: `s${i}` }, 2);
  }
  expect(reviewSavepoint(state)).toMatchObject({ kind: 'notPossible' });
  state.requestedSavepoints.pop();
  expect(reviewSavepoint(state)).toBeUndefined();
});

test.for([
  ['requestSavepoint', { requestId: 'r'.repeat(257) }],
  ['registerSavepoint', { requestId: 'r', location: `/${'l'.repeat(2_048)}` }],
  ['registerSavepoint', { requestId: 'r', location: '/l', flinkSavepointId: 'f'.repeat(65) }],
  [
    'applyChange',
    {
      requestId: 'r',
      verb: 'put',
      body: {},
      settings: {},
      documentSettings: { defaults: 'd'.repeat(200_000) },
    },
  ],
] as const)(
  'a %s sent by hand with more than the state can keep is refused (F64)',
  ([kind, request]) => {
    expect(malformed(kind, request)).toContain('must be at most');
  },
);

test('steps read of a lean row what they read of the whole one (S29)', () => {
  const { record } = attemptOf(fullSize(1), 3, 'STARTED');
  expect(jsonBytes(lean(record))).toBeLessThan(8 * 1024);
  const handle = handleOf({ record });
  expect(Object.keys(handle)).toEqual(
    expect.arrayContaining(['checkpointDirectory', 'savepointBase']),
  );
  expect(handleOf({ record: lean(record) })).toEqual(handle);
});
