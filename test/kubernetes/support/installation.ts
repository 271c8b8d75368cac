import { randomUUID } from 'node:crypto';
import { Teardown } from '../../bench/teardown.ts';
import { ApiClient } from '../../e2e/support/api-client.ts';
import { makeCertificates, makeTlsSecrets } from '../../support/certificates.ts';
import { Kube, kubeconfig } from './kube.ts';
import { kubectl, kubectlPath, startKubectl } from './kubectl.ts';
import { applySluice, claimState, makeSecret, prepareTarget } from './manifests.ts';
import { makeNodeFolder, makeNodeVolume } from './node-volume.ts';
import { ownNode } from './own-node.ts';
import { startServicesForPods } from './services-for-pods.ts';
import { giveSluiceImage } from './sluice-image.ts';

/** Sluice installed from the manifests, with a namespace for its Flink clusters. */
export interface Installation {
  /** Sluice's own namespace. */
  sluice: Kube;
  /** The one that Flink runs in. */
  flink: Kube;
  api: ApiClient;
  /** A caller without a token. */
  stranger: ApiClient;
  close(): Promise<void>;
}

/** @param certificates folder to make them in, for mutual TLS to Flink; none: Flink speaks in the clear. */
export async function install(certificates?: string): Promise<Installation> {
  const teardown = new Teardown();
  try {
    return { ...(await open(teardown, certificates)), close: () => teardown.run() };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** Follows docs/kubernetes.md; what differs is what each user gives: image, volumes, addresses, names of namespaces. */
async function open(
  teardown: Teardown,
  certificates: string | undefined,
): Promise<Omit<Installation, 'close'>> {
  const node = ownNode(kubeconfig());
  if (!node) throw new Error('it needs a cluster that cluster/up.sh started');
  const image = await giveSluiceImage(node);
  teardown.defer(image.remove);
  const services = await startServicesForPods(node);
  teardown.defer(services.stop);
  const token = randomUUID();
  const [jars, state] = [await makeNodeFolder(), await makeNodeFolder()];
  for (const folder of [jars, state]) teardown.defer(folder.remove);
  const sluice = await openNamespace('install-sluice', teardown);
  const flink = await openNamespace('install-flink', teardown);
  const { namespace } = sluice;
  await makeSecret(namespace, {
    DATABASE_URL: services.databaseUrl,
    TEMPORAL_ADDRESS: services.temporalAddress,
    SLUICE_TOKEN: token,
  });
  for (const kube of [sluice, flink]) {
    const { name } = await volumeIn(kube, 'flink-state', state.path, teardown);
    await claimState(kube.namespace, name);
  }
  await prepareTarget(flink.namespace, namespace);
  const { name } = await volumeIn(sluice, 'sluice-data', jars.path, teardown);
  const patches = ['worker-state.yaml'];
  if (certificates !== undefined) {
    await makeCertificates(certificates, { name: `DNS:*.${flink.namespace}.svc` });
    await makeTlsSecrets(
      certificates,
      { flink: flink.namespace, sluice: namespace },
      kubectlPath(),
    );
    patches.push('worker-tls.yaml');
  }
  await applySluice(namespace, image, name, patches);
  for (const part of ['api', 'worker'])
    await kubectl(
      '-n',
      namespace,
      'rollout',
      'status',
      `deployment/sluice-${part}`,
      '--timeout=3m',
    );
  const way = startKubectl('-n', namespace, 'port-forward', 'service/sluice-api', ':80');
  teardown.defer(way.end);
  const url = `http://${/127\.0\.0\.1:\d+/.exec(await way.firstWords)?.[0]}`;
  const clients = { api: new ApiClient(url, token), stranger: new ApiClient(url) };
  return { sluice, flink, ...clients };
}

async function openNamespace(prefix: string, teardown: Teardown): Promise<Kube> {
  const kube = await Kube.open(prefix);
  teardown.defer(() => kube.close());
  return kube;
}

async function volumeIn(kube: Kube, claim: string, path: string, teardown: Teardown) {
  const volume = await makeNodeVolume(kube, claim, path);
  teardown.defer(volume.remove);
  return volume;
}
