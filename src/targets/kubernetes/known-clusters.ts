import { isDeepStrictEqual } from 'node:util';
import type { ClusterObservation, ClusterRef } from '../../core/cluster.ts';
import { componentLabel, namesOf } from './names.ts';
import type { Parts, Pod } from './replies.ts';
import { findingOf, mainContainerOf, troubleBeside } from './trouble.ts';

/** Which process it is: a pod may outlive its container. */
type Identity = Record<'uid' | 'container', string>;

type Present = Extract<ClusterObservation, { kind: 'present' }>;

/** A cluster in which all was well, as it was read from etcd. */
interface Known {
  jobManager: Identity;
  observation: Present;
}

/**
 * Clusters that were seen to be well, so that the watch alone can say that they still are. Whatever else it shows is read
 * again from etcd: a cache is no evidence of an end (S25).
 */
export class KnownClusters {
  readonly #known = new Map<string, Known>();

  /** @param parts as they were read, and what they say. */
  note({ clusterId }: ClusterRef, parts: Parts, observation: ClusterObservation): void {
    const jobManager = parts.pods.find(isJobManager);
    if (observation.kind === 'present' && isWell(observation) && jobManager)
      this.#known.set(clusterId, { jobManager: identityOf(jobManager), observation });
    else this.#known.delete(clusterId);
  }

  forget({ clusterId }: ClusterRef): void {
    this.#known.delete(clusterId);
  }

  /** @param pods that the watch shows of it. @returns `undefined`: not as it was, or not known. */
  stillWell(ref: ClusterRef, pods: readonly Pod[]): Present | undefined {
    const known = this.#known.get(ref.clusterId);
    if (!known || pods.some(troubleBeside)) return undefined;
    const running = pods.filter((pod) => findingOf(pod) === undefined);
    const jobManager = running.find(isJobManager);
    const isSame =
      jobManager?.metadata.name === namesOf(ref).jobManager &&
      isDeepStrictEqual(identityOf(jobManager), known.jobManager);
    const taskManagers = running.filter((pod) => !isJobManager(pod)).length;
    return isSame && taskManagers >= known.observation.taskManagersWanted
      ? { ...known.observation, taskManagersRunning: taskManagers }
      : undefined;
  }
}

const identityOf = (pod: Pod): Identity => ({
  uid: pod.metadata.uid,
  container: mainContainerOf(pod),
});

const isJobManager = ({ metadata }: Pod): boolean =>
  metadata.labels[componentLabel] === 'jobmanager';

const isWell = (seen: Present): boolean =>
  seen.trouble === undefined &&
  seen.pending === undefined &&
  seen.beside === undefined &&
  seen.taskManagersRunning >= seen.taskManagersWanted;
