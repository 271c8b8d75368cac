import type {
  ClusterHolder,
  ClusterObservation,
  ClusterRef,
  ClusterSpec,
} from '../core/cluster.ts';

/**
 * Where clusters live. Every call is idempotent, may run twice, late, or after it has been given up; `signal` ends the
 * wait, not the effect. A target that does not answer throws `Unreachable('TARGET_UNREACHABLE')`, which proves nothing.
 */
export interface ClusterTarget {
  /**
   * Set where a cluster can be seen and handled by the installation alone that made it: whoever else asks is told nothing
   * about it, not even that it is absent (S25).
   */
  readonly holder?: ClusterHolder;
  /**
   * Makes what is missing of the cluster and returns what is there now; does not wait for readiness. Calling it on a
   * running cluster restarts only missing TaskManagers; a JobManager that exited is never started again (its job would
   * be a second one): that cluster is only good for removal.
   * @throws {Refused} NO_ROOM_ON_TARGET, UNKNOWN_FLINK_VERSION, JDK_MISSING, DISK_FULL, CLUSTER_START_FAILED,
   *   FENCED_OUT (the cluster was destroyed before: a late copy of a given-up attempt must not revive it).
   */
  ensure(spec: ClusterSpec, signal: AbortSignal): Promise<ClusterObservation>;
  describe(ref: ClusterRef, signal: AbortSignal): Promise<ClusterObservation>;
  /**
   * Removes the cluster: JobManager first, then TaskManagers (reliability.md 2.2 rule 5), then its folder. Returns only
   * when it is proven gone. Remembers that `ref.clusterId` is dead, so that a later `ensure` of it is FENCED_OUT.
   */
  destroy(ref: ClusterRef, signal: AbortSignal): Promise<{ evidence: string }>;
  /** All clusters of this Sluice on the target, dead or alive; for sweeps and leftovers. */
  list(signal: AbortSignal): Promise<ClusterRef[]>;
}
