import type { ClusterObservation, ClusterSpec } from '../../core/cluster.ts';
import { Refused } from '../../core/errors/index.ts';
import { isRefusal } from './answers.ts';
import type { Place } from './context.ts';
import { observationOf, readParts } from './describe-cluster.ts';
import { clusterLabel, collectionsOf, jobManagerUid, namesOf } from './names.ts';
import { jobManagerService, rootConfigMap } from './objects.ts';
import { jobManagerPod, type Owner, taskManagers } from './pods.ts';
import { type ConfigMap, type Parts, type Pod, readReply, replies } from './replies.ts';
import { requireDurableState } from './state-volumes.ts';
import { tlsOf } from './tls.ts';
import { readTombstone } from './tombstones.ts';

/**
 * Makes what is missing of a cluster. Any number of copies of this call may run at once and late: all names are given
 * beforehand, the JobManager is made at most once, and what is made of a cluster that was destroyed has no owner, so that
 * Kubernetes itself removes it.
 */
export async function ensureCluster(
  place: Place,
  spec: ClusterSpec,
  signal: AbortSignal,
): Promise<ClusterObservation> {
  requireDurableState(spec);
  await refuseTheDead(place, spec, signal);
  const root = await makeRoot(place, spec, signal);
  // Once more: whoever destroys writes the tombstone first and looks for a root then.
  await refuseTheDead(place, spec, signal, root);
  const before = await readParts(place, spec, signal);
  const observed = observationOf(place, spec, before);
  const wasMade = before.root?.metadata.annotations[jobManagerUid] !== undefined;
  if (wasMade && observed.kind === 'present' && observed.jobManager === 'exited') return observed;
  const { name, uid, annotations } = root.metadata;
  const owner: Owner = { name, uid, tls: tlsOf(annotations) };
  const { services } = collectionsOf(place.namespace);
  await Promise.all([
    place.api.apply(services, jobManagerService(spec, owner), signal),
    makeJobManager(place, spec, owner, before.pods, signal),
  ]);
  // After it: a quota that has room for one pod is not to be used up by one that can do nothing without a JobManager.
  await makeTaskManagers(place, spec, owner, before.taskManagers, signal);
  return observationOf(place, spec, await readParts(place, spec, signal));
}

/** The root, new or as an earlier call left it. @throws {Refused} FENCED_OUT: it is on its way out. */
async function makeRoot(place: Place, spec: ClusterSpec, signal: AbortSignal): Promise<ConfigMap> {
  const { configMaps } = collectionsOf(place.namespace);
  // The proxy of an API server shows Flink no certificate: what were made there could not be spoken to.
  const isDeaf = place.tls !== undefined && !place.connection.isInside;
  const made =
    (isDeaf ? undefined : await createRoot(place, spec, signal)) ??
    (await place.api.get(configMaps, namesOf(spec).root, signal));
  if (made === undefined) throw isDeaf ? tlsFromOutside(place) : deadOf(spec, 'is being removed');
  const root = readReply(replies.configMap, made);
  if (root.metadata.labels[clusterLabel] !== spec.clusterId) {
    const message = `the ConfigMap ${root.metadata.name} in namespace ${place.namespace} is not ours: rename or remove it`;
    throw new Refused('CLUSTER_START_FAILED', message);
  }
  if (root.metadata.deletionTimestamp) throw deadOf(spec, 'is being removed');
  return root;
}

/** `undefined`: there is one. */
const createRoot = (place: Place, spec: ClusterSpec, signal: AbortSignal): Promise<unknown> =>
  place.api
    .create(collectionsOf(place.namespace).configMaps, rootConfigMap(spec, place.tls), signal)
    .catch((error: unknown) => {
      if (!isRefusal(error, 409)) throw error;
      return undefined;
    });

const tlsFromOutside = ({ context = '' }: Place): Refused => {
  const message = `with TLS to Flink (SLUICE_FLINK_TLS_SECRET) clusters are made only where Sluice runs, not in the context "${context}"`;
  return new Refused('CLUSTER_START_FAILED', message);
};

async function refuseTheDead(
  place: Place,
  spec: ClusterSpec,
  signal: AbortSignal,
  root?: ConfigMap,
): Promise<void> {
  const destroyedAt = await readTombstone(place, spec.clusterId, signal);
  if (destroyedAt === undefined) return;
  if (root) {
    const { name, uid } = root.metadata;
    await place.api.remove(collectionsOf(place.namespace).configMaps, { name, uid }, signal);
  }
  throw deadOf(spec, `was destroyed at ${destroyedAt} and is not made again`);
}

const deadOf = ({ clusterId }: ClusterSpec, how: string): Refused =>
  new Refused('FENCED_OUT', `the cluster ${clusterId} ${how}`);

/** What runs is left as it is: another template would restart all of them. */
async function makeTaskManagers(
  { api, namespace }: Place,
  spec: ClusterSpec,
  owner: Owner,
  known: Parts['taskManagers'],
  signal: AbortSignal,
): Promise<void> {
  const { deployments } = collectionsOf(namespace);
  const replicas = spec.taskManagers;
  if (!known) await api.apply(deployments, taskManagers(spec, owner), signal);
  else if (known.spec.replicas !== replicas)
    await api.merge(deployments, known.metadata.name, { spec: { replicas } }, signal);
}

/**
 * The pod, then its uid on the root: from then on no other is ever made. A copy that finds neither makes the pod; of two
 * such, the API server lets one through.
 */
async function makeJobManager(
  place: Place,
  spec: ClusterSpec,
  owner: Owner,
  known: readonly Pod[],
  signal: AbortSignal,
): Promise<void> {
  const { configMaps, pods } = collectionsOf(place.namespace);
  const { jobManager } = namesOf(spec);
  const there = known.find(({ metadata }) => metadata.name === jobManager);
  const uid = there ? there.metadata.uid : await makePod();
  if (uid === undefined) return;
  const metadata = { annotations: { [jobManagerUid]: uid } };
  await place.api.merge(configMaps, owner.name, { metadata }, signal);

  async function makePod(): Promise<string | undefined> {
    const made = await place.api
      .create(pods, jobManagerPod(spec, owner), signal)
      .catch(async (error: unknown) => {
        if (!isRefusal(error, 409)) throw error;
        return await place.api.get(pods, jobManager, signal);
      });
    return made === undefined ? undefined : readReply(replies.pod, made).metadata.uid;
  }
}
