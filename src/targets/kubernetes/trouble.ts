import { mainContainer } from './pod-options.ts';
import type { ContainerStatus, Pod, TaskManagerDeployment } from './replies.ts';

/** What keeps a part from running, in the cluster's own words; pure. */
export interface Finding {
  /** `stuck`: it will not come up as it is. `pending`: it may come yet. */
  kind: 'ended' | 'stuck' | 'pending';
  why: string;
  /** For want of room. */
  noRoom?: true;
  /** It is being made, and what it waits for is told in Events at most. */
  untold?: true;
}

/** A container waits for these in vain until somebody changes something. */
const hopeless = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
];

/** Words of people and clusters are cut here and freed of control characters, as they travel in heartbeats and events. */
const maxWords = 600;

/** `undefined`: it runs. */
export function findingOf(pod: Pod): Finding | undefined {
  const { phase, reason, message, containerStatuses, initContainerStatuses } = pod.status;
  const what = nameOf(pod);
  if (isGivenUp(pod)) {
    const why = `${what} was given up with its node ${pod.spec.nodeName}: nobody saw its containers end`;
    return { kind: 'pending', why: cut(why) };
  }
  // A sidecar keeps a pod running whose main container has ended.
  const isOver = phase === 'Failed' || phase === 'Succeeded';
  if (isOver || mainEnd(containerStatuses)) {
    const how = [reason, message, endOf([...containerStatuses, ...initContainerStatuses])];
    return { kind: 'ended', why: cut([`${what} ended`, ...how].filter(Boolean).join(': ')) };
  }
  // Containers of a pod start apart: one beside Flink does not keep it from running.
  const main = containerStatuses.filter(isMain);
  const [stuck] = [...initContainerStatuses, ...main].flatMap(inVain);
  if (stuck !== undefined) return { kind: 'stuck', why: cut(`${what}: ${stuck}`) };
  // A pod with a container that waits is Pending, whatever runs in it.
  const runs = phase === 'Running' || (phase === 'Pending' && main[0]?.state.running);
  return runs && !pod.metadata.deletionTimestamp ? undefined : pendingOf(pod);
}

/** Its Node object is gone, so Kubernetes calls it Failed, wherever its containers are: nobody looked at them (S25). */
const isGivenUp = ({ status: { conditions, containerStatuses } }: Pod): boolean =>
  conditions.some(
    ({ type, status, reason }) =>
      type === 'DisruptionTarget' && status === 'True' && reason === 'DeletionByPodGC',
  ) && !mainEnd(containerStatuses);

/** What a pod waits for that may come yet. */
function pendingOf(pod: Pod): Finding {
  const { phase, conditions } = pod.status;
  const { deletionTimestamp, finalizers } = pod.metadata;
  const what = nameOf(pod);
  const unscheduled = conditions.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (unscheduled) {
    const why = cut(`${what} is not scheduled: ${unscheduled.reason}: ${unscheduled.message}`);
    return { kind: 'pending', why, ...(isForRoom(unscheduled.message) ? { noRoom: true } : {}) };
  }
  if (deletionTimestamp) {
    const held = finalizers.join(', ');
    const since = `${what} is being deleted since ${deletionTimestamp}`;
    const node = pod.spec.nodeName ? ` on node ${pod.spec.nodeName}` : '';
    return { kind: 'pending', why: cut(`${since}${node}${held ? `, held by ${held}` : ''}`) };
  }
  if (phase !== 'Pending') return { kind: 'pending', why: `${what} is ${phase}` };
  return { kind: 'pending', why: cut(`${what} is ${phase}${detailOf(pod)}`), untold: true };
}

/** What keeps a pod from coming up, as far as it is told: volumes and network come before its containers. */
function detailOf({ said, status: { conditions, containerStatuses } }: Pod): string {
  if (said !== undefined) return `: ${said}`;
  const reason = containerStatuses.find(isMain)?.state.waiting?.reason;
  const isBare = conditions.some(
    ({ type, status }) => type === 'PodReadyToStartContainers' && status === 'False',
  );
  const words = [reason, isBare && 'its network or volumes are not ready'].filter(Boolean);
  return words.map((one) => `: ${one}`).join('');
}

/** What keeps a container beside Flink's own from running: told, and no reason to end what runs. */
export function troubleBeside({ metadata, status }: Pod): string | undefined {
  const [why] = status.containerStatuses.filter((one) => !isMain(one)).flatMap(inVain);
  return why === undefined ? undefined : cut(`pod ${metadata.name}: ${why}`);
}

/** Why a Deployment makes no pods: a quota says so here, and not to whoever asked for the pods (reliability.md 3.2). */
export function refusedPods({ metadata, status }: TaskManagerDeployment): Finding | undefined {
  const failure = status.conditions.find(
    ({ type, status: holds }) => type === 'ReplicaFailure' && holds === 'True',
  );
  if (!failure) return undefined;
  const why = cut(`pods of ${metadata.name} are refused: ${failure.message}`);
  return { kind: 'stuck', why, ...(isQuota(failure.message) ? { noRoom: true as const } : {}) };
}

/** The scheduler's words; selectors and taints that no node fits are no want of room. */
const isForRoom = (message: string): boolean => /insufficient|too many pods/i.test(message);

/** The words of the API server for a ResourceQuota that is used up. */
export const isQuota = (message: string): boolean => /exceeded quota/i.test(message);

const nameOf = ({ metadata }: Pod): string => `pod ${metadata.name}`;

const isMain = ({ name }: ContainerStatus): boolean => name === mainContainer;

/** The id of the container that runs Flink, or did; empty: none was made yet. */
export const mainContainerOf = ({ status }: Pod): string =>
  status.containerStatuses.find(isMain)?.containerID ?? '';

const mainEnd = (statuses: readonly ContainerStatus[]) => statuses.find(isMain)?.state.terminated;

/** What a container waits for in vain; empty: for nothing. */
const inVain = ({ name, state: { waiting }, lastState }: ContainerStatus): string[] =>
  waiting && hopeless.includes(waiting.reason)
    ? [`container ${name}: ${waiting.reason}: ${waiting.message}${lastEnd(lastState)}`]
    : [];

/** Of the main container; where that never began, of the one that failed before it. */
function endOf(statuses: readonly ContainerStatus[]): string {
  const ends = statuses.flatMap(({ state }) => state.terminated ?? []);
  const end = mainEnd(statuses) ?? ends.find(({ exitCode }) => exitCode !== 0);
  if (!end) return '';
  return [`exit code ${end.exitCode}`, end.reason, end.message].filter(Boolean).join(': ');
}

const lastEnd = ({ terminated: end }: ContainerStatus['lastState']): string =>
  end
    ? ` (it ended last with exit code ${end.exitCode}${end.reason ? `, ${end.reason}` : ''})`
    : '';

const cut = (words: string): string => words.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, maxWords);
