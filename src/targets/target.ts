import type {
  ClusterHolder,
  ClusterObservation,
  ClusterRef,
  ClusterSpec,
} from '../core/cluster.ts';

/** The place that a target's clusters can be seen from, or the place itself where there are several by one name. */
export interface HolderHere extends ClusterHolder {
  /** Whether a person has said that what the holder `id` had is gone for good, and that this one is in its place. */
  standsFor?(id: string, signal: AbortSignal): Promise<boolean>;
  /** How a person says so, for a message. */
  vouchBy?(id: string): string;
}

/**
 * Where clusters live. Every call is idempotent, may run twice, late, or after it has been given up; `signal` ends the
 * wait, not the effect. A target that does not answer throws `Unreachable('TARGET_UNREACHABLE')`, which proves nothing.
 */
export interface ClusterTarget {
  /**
   * Who alone can see and handle a cluster that is made by this target now: an installation, or a namespace of one API
   * server. Whoever else asks is told nothing about it, not even that it is absent (S25). Asked before every call, so it
   * is remembered, unless it is wanted `afresh` for what is stored for good; what a target then does or concludes is done
   * by that holder or not at all.
   * @returns undefined: it cannot be told, and nothing can be done or concluded either.
   * @throws {Unreachable} the target does not answer.
   */
  holder(signal: AbortSignal, how?: { afresh: boolean }): Promise<HolderHere | undefined>;
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
