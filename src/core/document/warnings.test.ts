import { expect, test } from 'vitest';
import {
  bodyWith,
  freshSettings,
  posted,
  readFixture,
} from '../../../test/fixtures/documents/read.ts';
import { documentWarnings } from './warnings.ts';

const bare = { ...freshSettings, hasStorage: false };
const warned = (template: object, spec: object = {}, settings = freshSettings) =>
  documentWarnings(posted(bodyWith(template, spec)), settings);
const configured = (flinkConfiguration: object) => ({ flinkConfiguration });

test("neither the page's example nor a minimal file is warned about", () => {
  expect(documentWarnings(posted(readFixture('deployment-full.yaml')), freshSettings)).toEqual([]);
  expect(warned({})).toEqual([]);
});

test('STATEFUL with restoreStrategy NONE is a trap and said to be one (M24, V33)', () => {
  const none = { restoreStrategy: { kind: 'NONE' } };
  expect(warned({}, none)).toEqual([
    expect.stringMatching(/^spec.restoreStrategy.kind NONE .*empty state/),
  ]);
  expect(warned({}, { ...none, upgradeStrategy: { kind: 'STATELESS' } })).toEqual([]);
});

test('LATEST_STATE without a checkpoint directory, or without retained checkpoints (V12, M26)', () => {
  const savepoints = { 'state.savepoints.dir': 's3://b/s' };
  expect(warned(configured(savepoints), {}, bare)).toEqual([
    expect.stringContaining('no checkpoint directory'),
  ]);
  for (const key of ['state.checkpoints.dir', 'execution.checkpointing.dir']) {
    expect(warned(configured({ ...savepoints, [key]: 's3://b/c' }), {}, bare)).toEqual([]);
  }
  const retention = (value: string) =>
    configured({ 'execution.checkpointing.externalized-checkpoint-retention': value });
  expect(warned(retention('DELETE_ON_CANCELLATION'))).toEqual([
    expect.stringContaining('RETAIN_ON_CANCELLATION'),
  ]);
  expect(warned(retention('retain_on_cancellation'))).toEqual([]);
});

test('no savepoint directory anywhere (V13)', () => {
  const checkpoints = { 'state.checkpoints.dir': 's3://b/c' };
  expect(warned(configured(checkpoints), {}, bare)).toEqual([
    expect.stringMatching(/^no savepoint directory/),
  ]);
  expect(warned(configured(checkpoints))).toEqual([]);
});

test('more parallelism than slots (V19)', () => {
  const slots = {
    flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' },
    numberOfTaskManagers: 2,
  };
  expect(warned({ ...slots, parallelism: 5 })).toEqual([
    expect.stringContaining('parallelism 5 is more than the 4 slots'),
  ]);
  expect(warned({ ...slots, parallelism: 4 })).toEqual([]);
});

test('keys that Sluice sets itself are named', () => {
  expect(warned(configured({ 'jobstore.expiration-time': '60' }))).toEqual([
    expect.stringContaining('jobstore.expiration-time is set by Sluice'),
  ]);
});

test.each(['execution.checkpointing.create-subdir', 'state.checkpoints.create-subdir'])(
  '%s is overridden: what a job left is found by its id (S3)',
  (key) => {
    expect(warned(configured({ [key]: 'false' }))).toEqual([
      expect.stringContaining(`${key} is set by Sluice`),
    ]);
  },
);

test('a claim mode is overridden: a restore point stays its owner’s (reliability.md 2.2 rule 6)', () => {
  expect(warned(configured({ 'execution.savepoint-restore-mode': 'CLAIM' }))).toEqual([
    expect.stringContaining('execution.savepoint-restore-mode is set by Sluice'),
  ]);
});

test('a process size beside the resources is said to count instead of them (M29)', () => {
  expect(warned(configured({ 'taskmanager.memory.process.size': '5g' }))).toEqual([
    expect.stringContaining(
      'taskmanager.memory.process.size counts instead of spec.template.spec.resources.taskmanager.memory',
    ),
  ]);
});

test('what is kept without effect is said to be so', () => {
  const artifact = {
    jarUri: 'https://example.com/a.jar',
    additionalDependencies: ['https://example.com/b.jar'],
  };
  expect(warned({ artifact, logging: { log4j2ConfigurationTemplate: '<x/>' } })).toEqual([
    'spec.template.spec: artifact.additionalDependencies, logging.log4j2ConfigurationTemplate is kept but has no effect yet',
  ]);
  expect(warned({ artifact: { ...artifact, additionalDependencies: [] } })).toEqual([]);
});

test('a warning is one line: it goes into a header (N14)', () => {
  const raw = bodyWith(
    {
      ...configured({ 'rest.async.store-duration': '1 d' }),
      parallelism: 9,
      numberOfTaskManagers: 1,
    },
    { restoreStrategy: { kind: 'NONE' } },
  );
  const texts = documentWarnings(posted({ ...raw, metadata: { name: 'a\r\nb' } }), bare);
  expect(texts).toHaveLength(4);
  expect(texts.join('')).toMatch(/^[\x20-\x7e]+$/);
});
