import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { ClusterSpec } from '../../core/cluster.ts';
import { createKubernetesTargets, type KubernetesTargets } from './kubernetes-target.ts';
import { collectionsOf, labelsOf, namesOf, selectedBy } from './names.ts';
import { newCluster } from './testing/clusters.ts';
import { type KubernetesServer, startKubernetesServer } from './testing/kubernetes-server.ts';

const manifest = new URL('../../../deploy/kubernetes/target-namespace.yaml', import.meta.url);
const roleSchema = z.object({
  kind: z.literal('Role'),
  rules: z.array(
    z.object({
      apiGroups: z.tuple([z.string()]),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
    }),
  ),
});

/** `verb resource` of each right that the manifest gives. */
function granted(): string[] {
  const documents = parseAllDocuments(readFileSync(manifest, 'utf8'));
  const [role] = documents.flatMap((one) => roleSchema.safeParse(one.toJS()).data ?? []);
  if (!role) throw new Error('no Role');
  return role.rules.flatMap(({ apiGroups: [group], resources, verbs }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => `${verb} ${resource}${group && `.${group}`}`),
    ),
  );
}

let server: KubernetesServer;
let targets: KubernetesTargets;
let now: number;
beforeEach(async () => {
  server = await startKubernetesServer();
  now = Date.now();
  targets = createKubernetesTargets({
    connect: async () => server.connection,
    callTimeoutMs: 5_000,
    now: () => now,
  });
});
afterEach(async () => {
  await targets.close();
  await server.close();
});

const signal = AbortSignal.timeout(20_000);

test('the Role of a target namespace has each right that is used, and no other (issue 4, N26)', async () => {
  const target = await targets.at({ namespace: 'flink' });
  await target.holder(signal);
  const one = newCluster();
  // Another copy of the call made the JobManager an instant ago.
  server.plantUnlisted(`${collectionsOf('flink').pods}/${namesOf(one).jobManager}`, podOf(one));
  await target.ensure(one, signal);
  await target.ensure({ ...one, taskManagers: 2 }, signal);
  await target.describe(one, signal);
  expect(await target.list(signal)).toHaveLength(1);
  await target.destroy(one, signal);
  const two = newCluster();
  await target.ensure(two, signal);
  await target.describe(two, signal);
  now += 5_000;
  // Its JobManager is still Pending.
  await target.describe(two, signal);
  await target.destroy(two, signal);
  await expect(target.ensure(two, signal)).rejects.toThrow('is not made again');
  expect([...server.used].sort()).toEqual(granted().sort());
});

const podOf = (spec: ClusterSpec) => ({
  metadata: {
    name: namesOf(spec).jobManager,
    uid: 'another',
    labels: { ...labelsOf(spec), ...selectedBy(spec.clusterId, 'jobmanager') },
  },
  status: {},
});
