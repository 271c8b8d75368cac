import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesOptions } from '../../core/cluster.ts';
import { configurationYaml } from './configuration.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { collectionsOf, namesOf } from './names.ts';
import { mainContainer } from './pod-options.ts';
import { jobManagerPod, podTemplate } from './pods.ts';
import { clusterWith, forever, newCluster } from './testing/clusters.ts';
import { FakeApi } from './testing/fake-api.ts';
import type { TlsSecrets } from './tls.ts';

const tls = { stores: 'flink-tls', password: 'flink-tls-password' };
const written = (flinkConfiguration: Record<string, string>, secrets?: TlsSecrets) =>
  parse(configurationYaml(newCluster({ flinkConfiguration }), secrets));
const main = (options: KubernetesOptions, secrets?: TlsSecrets) => {
  const { spec: pod } = podTemplate(clusterWith(options), 'taskmanager', secrets);
  const container = pod?.containers.find(({ name }) => name === mainContainer);
  if (!pod || !container) throw new Error('no main container');
  return { pod, container };
};
const password = {
  name: 'SLUICE_TLS_PASSWORD',
  valueFrom: { secretKeyRef: { name: 'flink-tls-password', key: 'password' } },
};

test('without Secrets nothing of it is there, and a user may secure what is inside', () => {
  const users = { 'security.ssl.internal.enabled': 'true' };
  expect(written(users)).toMatchObject(users);
  expect(JSON.stringify(main({}))).not.toMatch(/tls|ssl/i);
});

test('REST and what is inside want certificates; no key of a user opens a door (N12)', () => {
  const users = {
    'security.ssl.rest.authentication-enabled': 'false',
    'security.ssl.rest.enabled': 'false',
    'security.ssl.rest.truststore': '/tmp/mine',
    'security.ssl.truststore-password': 'mine',
    'security.ssl.rest.cert.fingerprint': 'mine',
    'security.kerberos.login.principal': 'theirs',
  };
  const entries = written(users, tls);
  expect(entries).toMatchObject({
    'security.ssl.rest.enabled': 'true',
    'security.ssl.rest.authentication-enabled': 'true',
    'security.ssl.internal.enabled': 'true',
    'security.ssl.rest.truststore': '/opt/flink/tls/truststore.p12',
    'security.ssl.internal.keystore': '/opt/flink/tls/keystore.p12',
    'security.kerberos.login.principal': 'theirs',
  });
  expect(Object.keys(entries).filter((key) => /password|fingerprint/.test(key))).toEqual([]);
});

test('both Secrets reach the process, which gets the password as Kubernetes fills it in', () => {
  const { pod, container } = main({}, tls);
  // As one argument, `-Dkey=value` would be a host to the script that starts the image's JobManager.
  expect(container.args).toEqual([
    'taskmanager',
    ...['-D', 'security.ssl.keystore-password=$(SLUICE_TLS_PASSWORD)'],
    ...['-D', 'security.ssl.key-password=$(SLUICE_TLS_PASSWORD)'],
    ...['-D', 'security.ssl.truststore-password=$(SLUICE_TLS_PASSWORD)'],
  ]);
  expect(container.env).toContainEqual(password);
  expect(container.volumeMounts).toContainEqual({
    name: 'flink-tls',
    mountPath: '/opt/flink/tls',
    readOnly: true,
  });
  const volume = pod.volumes?.find(({ name }) => name === 'flink-tls');
  expect(volume?.secret).toMatchObject({ secretName: 'flink-tls' });
});

test('a pod template cannot stand in for ours, whatever it names like ours', () => {
  const theirs = { secretKeyRef: { name: 'theirs', key: 'x' } };
  const taskManagerPodTemplate = {
    spec: {
      volumes: [{ name: 'flink-tls', configMap: { name: 'theirs' } }],
      containers: [
        {
          name: mainContainer,
          args: ['taskmanager', '-Dsecurity.ssl.rest.enabled=false'],
          env: [
            { name: 'SLUICE_TLS_PASSWORD', value: 'theirs' },
            { name: 'FLINK_CONF_DIR', valueFrom: theirs },
          ],
          volumeMounts: [{ name: 'theirs', mountPath: '/opt/flink/tls', subPath: 'x' }],
        },
      ],
    },
  };
  const { pod, container } = main({ taskManagerPodTemplate }, tls);
  expect(JSON.stringify([pod.volumes, container])).not.toContain('theirs');
  expect(container.env).toContainEqual(password);
  expect(container.args).not.toContain('-Dsecurity.ssl.rest.enabled=false');
});

describe('how a cluster is spoken to is settled when it is made', () => {
  const secured = { stores: 'flink-tls', password: 'flink-tls' };
  test.each([
    ['the setting goes', secured, undefined, 'https:'],
    ['the setting comes', undefined, secured, 'http:'],
    ['the setting stays', secured, secured, 'https:'],
  ])('%s', async (_, first, later, scheme) => {
    const api = new FakeApi();
    const spec = newCluster();
    const { pods, deployments } = collectionsOf('flink');
    const { jobManager, taskManager, service } = namesOf(spec);
    const ensure = (now?: TlsSecrets) => ensureCluster({ ...api.place, tls: now }, spec, forever);
    await ensure(first);
    const before = api.objects.get(`${deployments}/${taskManager}`)?.spec;
    api.objects.delete(`${deployments}/${taskManager}`);
    expect(await ensure(later)).toMatchObject({ restUrl: `${scheme}//${service}.flink.svc:8081` });
    expect(api.objects.get(`${deployments}/${taskManager}`)?.spec).toEqual(before);
    const owner = { name: 'root', uid: 'u', tls: first };
    expect(api.objects.get(`${pods}/${jobManager}`)?.spec).toEqual(jobManagerPod(spec, owner).spec);
  });
});
