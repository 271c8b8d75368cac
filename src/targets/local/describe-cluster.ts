import { hostname } from 'node:os';
import type { ClusterObservation, ClusterRef } from '../../core/cluster.ts';
import { systemReason, Unreachable } from '../../core/errors/index.ts';
import { clusterLock, withLock } from './kernel-lock.ts';
import { type ClusterHandle, type ClusterView, look, lookUnderLock } from './look.ts';
import { observationOf } from './observation.ts';
import { clusterIn, type LocalTarget } from './target-context.ts';
import { readTombstone } from './tombstones.ts';

/** A cluster that is being made or removed is unknown until that is over; longer than this nobody waits for it. */
const lockPatienceMs = 1_000;

/** What is there of a cluster. What cannot be read or is in the making is `unknown`, never `absent` (S25). */
export async function describeCluster(
  { settings, notes }: LocalTarget,
  { clusterId }: ClusterRef,
  signal: AbortSignal,
): Promise<ClusterObservation> {
  const cluster = clusterIn(settings, clusterId);
  try {
    const view = await settledView(cluster, signal);
    if (view.file !== undefined || view.processes.size > 0) {
      return await observationOf(cluster, view, notes);
    }
    const tombstone = await readTombstone(settings.dataDirectory, clusterId);
    const past = tombstone ? `it was destroyed at ${tombstone.destroyedAt}` : 'it has no folder';
    return { kind: 'absent', evidence: `${past} and ${noProcess(clusterId)}` };
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof Unreachable) return { kind: 'unknown', why: error.message };
    if (error instanceof Error && 'syscall' in error)
      return { kind: 'unknown', why: `cannot look at it: ${systemReason(error)}` };
    throw error;
  }
}

/** Evidence by the process table of this host. */
export const noProcess = (clusterId: string): string =>
  `no process on ${hostname()} bears the token of ${clusterId}`;

async function settledView(cluster: ClusterHandle, signal: AbortSignal): Promise<ClusterView> {
  const view = await look(cluster);
  if (view.settled) return view;
  const lookAgain = async () => await lookUnderLock(cluster);
  return await withLock(clusterLock(cluster), signal, lookAgain, lockPatienceMs);
}
