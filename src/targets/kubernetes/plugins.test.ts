import { expect, test } from 'vitest';
import { podTemplate } from './pods.ts';
import { newCluster } from './testing/clusters.ts';

/** Folders below `plugins` that can be written to, with these variables in the pods. */
function folders(...envVars: object[]): string[] {
  const cluster = newCluster({ kubernetes: { pods: { envVars } } });
  const { spec } = podTemplate(cluster, 'taskmanager');
  const passing = (spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir).map(({ name }) => name);
  return (spec?.containers[0]?.volumeMounts ?? [])
    .filter(({ name }) => passing.includes(name))
    .map(({ mountPath }) => mountPath)
    .filter((path) => path.startsWith('/opt/flink/plugins'));
}
const enable = (value: string) => ({ name: 'ENABLE_BUILT_IN_PLUGINS', value });

test('a plugin that the image is to enable has a folder that it can be put into', () => {
  expect(folders(enable('flink-s3-fs-hadoop-2.3.0.jar'))).toEqual([
    '/opt/flink/plugins/flink-s3-fs-hadoop-2.3.0',
  ]);
});

test('each has its own: the plugins that are there already stay in sight', () => {
  expect(folders({ name: 'A', value: 'a' }, enable('a-1.jar;b-2.jar;a-1.jar'))).toEqual([
    '/opt/flink/plugins/a-1',
    '/opt/flink/plugins/b-2',
  ]);
});

test.each(['', '..', '../lib;/etc', 'a/b.jar'])('%j names no plugin', (value) => {
  expect(folders(enable(value))).toEqual([]);
});

test('no plugin, no folder', () => {
  expect(folders({ name: 'ENABLE_BUILT_IN_PLUGINS', valueFrom: {} })).toEqual([]);
  expect(folders()).toEqual([]);
});
