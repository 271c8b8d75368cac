import { expect, test } from 'vitest';
import { bodyWith, posted } from '../../../test/fixtures/documents/read.ts';
import { targetWarnings } from './target-warnings.ts';

const said = (flinkConfiguration: object, target: object = { local: {} }) =>
  targetWarnings(posted(bodyWith({ flinkConfiguration })).spec, { spec: target });

test('a directory that Flink of the local target has no file system for is told (V13)', () => {
  const directories = { 'state.savepoints.dir': 's3://b/s', 'state.checkpoints.dir': 'file:///c' };
  expect(said(directories)).toEqual([expect.stringContaining('no file system for s3://b/s')]);
  expect(said(directories, { kubernetes: { namespace: 'a' } })).toEqual([]);
  expect(said({ 'state.savepoints.dir': '/s' })).toEqual([]);
});

test('high availability of Kubernetes has no effect on any target, and that is told (S30)', () => {
  expect(said({ 'high-availability': 'vvp-kubernetes' })).toEqual([
    expect.stringContaining('high-availability of Kubernetes has no effect'),
  ]);
  expect(said({ 'high-availability': 'zookeeper' })).toEqual([]);
});

test('of a target that is not there nothing is told here', () => {
  const { spec } = posted(bodyWith({ flinkConfiguration: { 'state.savepoints.dir': 's3://b' } }));
  expect(targetWarnings(spec, undefined)).toEqual([]);
});
