import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadConfig, settingsTable } from '../../src/config.ts';
import { podTemplate } from '../../src/targets/kubernetes/pods.ts';
import { newCluster } from '../../src/targets/kubernetes/testing/clusters.ts';
import { read, root } from './document.ts';
import { type End, isLetThrough, networkPolicy, type Port } from './network-policies.ts';

const folder = 'deploy/kubernetes';
const files = readdirSync(join(root, folder));
const named = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
const objects = files
  .filter((name) => name !== 'kustomization.yaml')
  .flatMap((name) => parseAllDocuments(read(`${folder}/${name}`)))
  .map((document) => named.parse(document.toJS()));

const probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.string() }),
  timeoutSeconds: z.number(),
});
const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.boolean(),
        containers: z.tuple([
          z.looseObject({
            args: z.array(z.string()),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            startupProbe: probe,
            livenessProbe: probe,
            readinessProbe: probe.optional(),
            volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
          }),
        ]),
      }),
    }),
  }),
});
const deployment = (name: string) => {
  const found = objects.find((one) => one.kind === 'Deployment' && one.metadata.name === name);
  const { spec } = deploymentSchema.parse(found);
  const [container] = spec.template.spec.containers;
  const { labels } = spec.template.metadata;
  return { ...spec, labels, pod: spec.template.spec, container };
};

/** A file that the document shows, by the name in its first line. */
function shown(name: string): string {
  const text = read('docs/kubernetes.md');
  const file = [...text.matchAll(/^```yaml\n# (\S+)\n(.*?)^```/gms)].find(([, is]) => is === name);
  if (!file?.[2]) throw new Error(`docs/kubernetes.md shows no ${name}`);
  return file[2];
}

const patchSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({
            env: z.array(z.object({ name: z.string(), value: z.string() })),
            volumeMounts: z.array(z.object({ mountPath: z.string() })),
          }),
        ]),
      }),
    }),
  }),
});

const { data: settings } = z
  .object({ data: z.record(z.string(), z.string()) })
  .parse(objects.find(({ kind }) => kind === 'ConfigMap'));

/** Of the Secret that a user makes. */
const secrets = {
  DATABASE_URL: 'postgres://sluice:a@postgres/sluice',
  TEMPORAL_ADDRESS: 'temporal:7233',
  SLUICE_TOKEN: 'a-long-random-secret',
};

describe('deploy/kubernetes', () => {
  test('is applied as a whole, but for what goes to the namespaces of Flink', () => {
    const { resources } = z
      .object({ resources: z.array(z.string()) })
      .parse(parse(read(`${folder}/kustomization.yaml`)));
    const apart = ['kustomization.yaml', 'target-namespace.yaml'];
    expect([...resources, ...apart].sort()).toEqual(files.sort());
  });

  test('gives no right beyond a namespace', () => {
    const kinds = new Set(objects.map(({ kind }) => kind));
    expect([...kinds].filter((kind) => kind.startsWith('Cluster'))).toEqual([]);
    expect(kinds).toContain('RoleBinding');
  });

  test('has settings that exist, and neither Temporal nor store of its own', () => {
    const known = settingsTable().map(({ name }) => name);
    expect(Object.keys(settings).filter((name) => !known.includes(name))).toEqual([]);
    const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', SLUICE_DATA_DIR: '/var/lib/sluice' };
    expect(loadConfig({ ...inPod, ...settings, ...secrets })).toMatchObject({
      targets: ['kubernetes'],
      listen: { port: deployment('sluice-api').container.ports[0]?.containerPort },
      storageUri: 'file:///var/lib/sluice/storage',
    });
  });

  test.each(['api', 'worker'])(
    '%s has two pods that may write nowhere but where they must',
    (name) => {
      const { replicas, pod, container } = deployment(`sluice-${name}`);
      expect(replicas).toBe(2);
      expect(container.args).toEqual([name]);
      expect(pod).toMatchObject({
        serviceAccountName: `sluice-${name}`,
        // Only the worker speaks to the API server.
        automountServiceAccountToken: name === 'worker',
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(container).toMatchObject({
        envFrom: [{ configMapRef: { name: 'sluice' } }, { secretRef: { name: 'sluice' } }],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      });
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
        '/var/lib/sluice',
        '/tmp',
      ]);
    },
  );

  test('asks the pods for what they serve', () => {
    const [api, worker] = ['sluice-api', 'sluice-worker'].map((name) => deployment(name).container);
    expect(api?.livenessProbe.httpGet.path).toBe('/healthz');
    expect(api?.readinessProbe?.httpGet.path).toBe('/readyz');
    expect(worker?.livenessProbe.httpGet).toEqual({ path: '/metrics', port: 'metrics' });
    const metrics = worker?.ports.find(({ name }) => name === 'metrics');
    expect(settings.SLUICE_WORKER_METRICS_LISTEN).toBe(`0.0.0.0:${metrics?.containerPort}`);
    // A look at Temporal and the store may take 2 s each (src/cli/health.ts).
    expect(api?.readinessProbe?.timeoutSeconds).toBeGreaterThan(2);
  });

  test('keeps one of each at work while nodes are emptied', () => {
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name)).toEqual(['sluice-api', 'sluice-worker']);
    for (const { spec } of budgets) expect(spec).toMatchObject({ maxUnavailable: 1 });
  });

  test('gets mutual TLS by a patch whose settings make a whole', () => {
    const patch = patchSchema.parse(parse(shown('worker-tls.yaml')));
    const { env, volumeMounts } = patch.spec.template.spec.containers[0];
    const added = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const { flinkTls } = loadConfig({ ...settings, ...secrets, ...added });
    expect(flinkTls.secrets).toEqual({ stores: 'flink-tls', password: 'flink-tls' });
    const [mount] = volumeMounts;
    for (const path of Object.values(flinkTls.files ?? { none: '' }))
      expect(path.startsWith(`${mount?.mountPath}/`)).toBe(true);
  });

  test('shows the workers the state by a claim and a volume that are made for each other', () => {
    const [volume, claim] = parseAllDocuments(shown('worker-volume.yaml')).map((one) => one.toJS());
    const { spec } = parse(shown('worker-state.yaml')).spec.template;
    const mine = { namespace: 'sluice', name: claim.metadata.name };
    expect(spec.volumes[0].persistentVolumeClaim.claimName).toBe(mine.name);
    expect(claim.spec).toMatchObject({ volumeName: volume.metadata.name, storageClassName: '' });
    expect(volume.spec).toMatchObject({ claimRef: mine, storageClassName: '' });
    // Flink's directories, as the Deployment of the document names them.
    const [{ mountPath }] = spec.containers[0].volumeMounts;
    expect(read('docs/kubernetes.md')).toContain(`"file://${mountPath}/checkpoints"`);
  });

  test('lets the accounts of its pods on OpenShift run as whom they say', () => {
    const [, names = ''] = /oc -n sluice .*nonroot-v2(.*)/.exec(read('docs/kubernetes.md')) ?? [];
    const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
    expect(
      names
        .trim()
        .split(/\s*-z /)
        .slice(1),
    ).toEqual(accounts.map(({ metadata }) => metadata.name));
  });

  test('takes the sample job from where the image has it', () => {
    const [, cache] = /SLUICE_CACHE_DIR=(\S+)/.exec(read('deploy/docker/Dockerfile')) ?? [];
    expect(read('docs/kubernetes.md')).toContain(`cat ${cache}/jars/counter.jar`);
  });

  test('is told of in its document, object by object', () => {
    expect(existsSync(join(root, 'docs/kubernetes.md'))).toBe(true);
    const text = read('docs/kubernetes.md');
    for (const name of files) expect(text).toContain(name);
  });
});

describe('network policies: who reaches whom', () => {
  const policies = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ metadata, spec }) =>
      networkPolicy(metadata.name === 'sluice-flink' ? 'flink' : 'sluice', spec),
    );

  const pod = (namespace: string, labels = {}, namespaceLabels = {}): End => ({
    namespace: {
      name: namespace,
      labels: { 'kubernetes.io/metadata.name': namespace, ...namespaceLabels },
    },
    labels,
  });
  const partOf = (component: 'jobmanager' | 'taskmanager') =>
    podTemplate(newCluster(), component).metadata?.labels;
  const { labels: workers } = deployment('sluice-worker');
  const ends = {
    api: pod('sluice', deployment('sluice-api').labels),
    worker: pod('sluice', workers),
    'another pod beside Sluice': pod('sluice'),
    jobmanager: pod('flink', partOf('jobmanager')),
    taskmanager: pod('flink', partOf('taskmanager')),
    'another pod beside Flink': pod('flink', { app: 'kafka' }),
    'a pod elsewhere': pod('default'),
    'one that poses as a worker elsewhere': pod('default', workers),
    'one that poses as Flink elsewhere': pod('default', partOf('taskmanager')),
    ingress: pod('ingress', {}, { 'sluice.dev/may-call': 'api' }),
    prometheus: pod('monitoring', {}, { 'sluice.dev/may-scrape': 'metrics' }),
    'a server outside': 'outside',
  } satisfies Record<string, End>;
  type Name = keyof typeof ends;
  const portOf = (text: string): Port => ({
    protocol: text.startsWith('udp') ? 'UDP' : 'TCP',
    port: Number(text.replace('udp ', '')),
  });

  const yes: [from: Name, to: Name, ports: string[]][] = [
    // Postgres, Temporal, DNS: wherever they are.
    ['api', 'a server outside', ['5432', '7233', '53', 'udp 53', '5353', 'udp 5353']],
    ['worker', 'a server outside', ['5432', '7233', '53', 'udp 53', '5353', 'udp 5353']],
    ['worker', 'a pod elsewhere', ['5432', '7233']],
    // The API server, S3, jars.
    ['worker', 'a server outside', ['443', '6443', '80']],
    ['worker', 'jobmanager', ['8081']],
    ['taskmanager', 'jobmanager', ['6123', '6124', '8081']],
    ['jobmanager', 'taskmanager', ['6122', '40000']],
    ['taskmanager', 'taskmanager', ['40000']],
    // Buckets, Kafka: jobs may go out.
    ['taskmanager', 'a server outside', ['443', '9092']],
    ['ingress', 'api', ['8080']],
    ['prometheus', 'worker', ['9464']],
  ];
  const no: typeof yes = [
    ['api', 'jobmanager', ['8081', '6123']],
    ['api', 'a server outside', ['443', '6443', '80', '8081']],
    ['api', 'worker', ['9464']],
    ['worker', 'api', ['8080']],
    ['worker', 'jobmanager', ['6123', '6124']],
    ['worker', 'taskmanager', ['8081', '6122']],
    ['worker', 'a server outside', ['8081', '22']],
    ['another pod beside Sluice', 'jobmanager', ['8081']],
    ['another pod beside Sluice', 'api', ['8080']],
    ['another pod beside Flink', 'jobmanager', ['8081', '6123', '6124']],
    ['another pod beside Flink', 'taskmanager', ['6122']],
    ['a pod elsewhere', 'jobmanager', ['8081']],
    ['a pod elsewhere', 'api', ['8080']],
    ['a pod elsewhere', 'worker', ['9464']],
    ['one that poses as a worker elsewhere', 'jobmanager', ['8081']],
    ['one that poses as Flink elsewhere', 'jobmanager', ['8081', '6123']],
    ['ingress', 'worker', ['9464']],
    ['ingress', 'jobmanager', ['8081']],
    ['prometheus', 'api', ['8080']],
    ['prometheus', 'jobmanager', ['8081']],
    // What runs in a job is not Sluice.
    ['jobmanager', 'api', ['8080']],
    ['taskmanager', 'worker', ['9464']],
    ['a server outside', 'api', ['8080']],
    ['a server outside', 'jobmanager', ['8081']],
  ];
  const reached = (from: Name, to: Name, ports: string[], among = policies) =>
    ports.filter((port) => isLetThrough(among, ends[from], ends[to], portOf(port)));

  test.each(yes)('%s reaches %s at %j', (from, to, ports) => {
    expect(reached(from, to, ports)).toEqual(ports);
  });

  test.each(no)('%s does not reach %s at %j', (from, to, ports) => {
    expect(reached(from, to, ports)).toEqual([]);
  });

  test.each(no.filter(([, to]) => to === 'jobmanager'))(
    'what is in the namespace of Flink keeps %s from its %s by itself',
    (from, to, ports) => {
      const beside = policies.filter(({ namespace }) => namespace === 'flink');
      expect(reached(from, to, ports, beside)).toEqual([]);
    },
  );
});
