import type { ClusterObservation, ClusterRef } from '../../core/cluster.ts';
import type { Place, WatchedPlace } from './context.ts';
import { restUrlOf } from './flink-address.ts';
import {
  collectionsOf,
  componentLabel,
  jobManagerContainer,
  jobManagerUid,
  namesOf,
  selectorOf,
  taskManagersWanted,
} from './names.ts';
import { noteContainer } from './note-container.ts';
import { type Parts, type Pod, readReply, replies } from './replies.ts';
import { type Finding, findingOf, mainContainerOf, refusedPods, troubleBeside } from './trouble.ts';

/** Reads all of it, from etcd. @throws {Unreachable} @throws {KubernetesRefusal} we may not look. */
export async function readParts(
  { api, namespace }: Place,
  ref: ClusterRef,
  signal: AbortSignal,
): Promise<Parts> {
  const { configMaps, pods, deployments } = collectionsOf(namespace);
  const { root, taskManager } = namesOf(ref);
  // The root first: a pod that it names was there before, so a list that lacks the pod proves its end.
  const configMap = await api.get(configMaps, root, signal);
  const [podList, deployment] = await Promise.all([
    api.list(pods, selectorOf(ref.clusterId), signal),
    api.get(deployments, taskManager, signal),
  ]);
  return {
    ...(configMap === undefined ? {} : { root: readReply(replies.configMap, configMap) }),
    pods: readReply(replies.pods, podList).items,
    ...(deployment === undefined
      ? {}
      : { taskManagers: readReply(replies.deployment, deployment) }),
  };
}

/** What the parts say; pure but for the address. */
export function observationOf(place: Place, ref: ClusterRef, parts: Parts): ClusterObservation {
  const { root, pods, taskManagers } = parts;
  if (!root && pods.length === 0 && !taskManagers) {
    const evidence = `namespace ${place.namespace} holds no ConfigMap, Deployment or pod of it`;
    return { kind: 'absent', evidence };
  }
  const jobManager = jobManagerOf(ref, parts);
  const workers = pods.filter((pod) => pod.metadata.labels[componentLabel] === 'taskmanager');
  const running = workers.filter((pod) => !findingOf(pod)).length;
  const wanted = Number(root?.metadata.annotations[taskManagersWanted] ?? 0);
  const refused = taskManagers && running < wanted ? refusedPods(taskManagers) : undefined;
  // A TaskManager that ended is replaced by Kubernetes: no trouble.
  const findings = [jobManager, refused, ...workers.map(findingOf)].filter(
    (finding) => finding !== undefined && (finding === jobManager || finding.kind !== 'ended'),
  );
  const beside = pods.map(troubleBeside).find((why) => why !== undefined);
  return {
    kind: 'present',
    ...(jobManager ? {} : { restUrl: restUrlOf(place, ref, root) }),
    jobManager: jobManager?.kind === 'ended' ? 'exited' : 'running',
    taskManagersRunning: running,
    taskManagersWanted: Number.isSafeInteger(wanted) ? wanted : 0,
    ...troubleOf(findings.filter((finding) => finding !== undefined)),
    ...(beside === undefined ? {} : { beside }),
    ...(isHealing(taskManagers, wanted) ? { healing: true as const } : {}),
  };
}

/** Kubernetes brings back what is missing, unless a person told it otherwise. */
const isHealing = (taskManagers: Parts['taskManagers'], wanted: number): boolean =>
  taskManagers !== undefined &&
  taskManagers.metadata.deletionTimestamp === undefined &&
  taskManagers.spec.replicas >= wanted;

function troubleOf(findings: readonly Finding[]) {
  const bad = findings.find(({ kind }) => kind !== 'pending');
  const [first] = findings;
  const told = bad ?? first;
  if (!told) return {};
  const noRoom = told.noRoom ? { noRoom: told.noRoom } : {};
  return bad ? { trouble: told.why, ...noRoom } : { pending: told.why, ...noRoom };
}

/**
 * What keeps the JobManager from running; `undefined`: it runs. The pod that the root names is the only one that ever ran
 * the job, in the container that the root names. Another pod by that name, or none, is proof that it is gone: a pod's
 * object leaves only once its kubelet has said that its containers ended. So is another container in that pod: it is made
 * once the one before it has ended, also against `restartPolicy: Never` where the node has lost sight of it.
 */
function jobManagerOf(ref: ClusterRef, { root, pods }: Parts): Finding | undefined {
  const name = namesOf(ref).jobManager;
  const pod = pods.find(({ metadata }) => metadata.name === name);
  const { [jobManagerUid]: uid, [jobManagerContainer]: container } =
    root?.metadata.annotations ?? {};
  if (!pod)
    return { kind: 'ended', why: uid ? `pod ${name} is gone` : 'its JobManager was not made yet' };
  if (uid !== undefined && uid !== pod.metadata.uid)
    return { kind: 'ended', why: `another pod bears the name ${name}` };
  const finding = findingOf(pod);
  return finding?.kind === 'ended' || !isAnother(pod, container)
    ? finding
    : { kind: 'ended', why: `its container ended, and another container was made in pod ${name}` };
}

const isAnother = (pod: Pod, container: string | undefined): boolean =>
  container !== undefined && ![container, ''].includes(mainContainerOf(pod));

/**
 * What there is of a cluster: as it was, by the watch, or read just now.
 * @param holder the namespace's uid, as whoever asks was told.
 */
export async function describeCluster(
  place: WatchedPlace,
  ref: ClusterRef,
  holder: string | undefined,
  signal: AbortSignal,
): Promise<ClusterObservation> {
  const watched = place.watch.podsOf(ref.clusterId);
  const well = watched && place.known.stillWell(ref, watched);
  if (well) return well;
  const found = await readParts(place, ref, signal);
  await place.identity.confirm(holder, signal);
  const parts = { ...found, pods: await place.events.withWords(ref, found.pods, signal) };
  const observation = observationOf(place, ref, parts);
  if (observation.kind === 'present' && observation.restUrl !== undefined)
    await noteContainer(place, ref, parts, signal);
  place.known.note(ref, parts, observation);
  return observation;
}
