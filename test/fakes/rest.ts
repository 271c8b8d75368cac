import { type Call, type Calls, unreachable } from './calls.ts';
import { pause } from './clock.ts';
import type { FakeCluster } from './cluster.ts';
import type { WorldOptions } from './options.ts';
import type { CallInfo, CallKind } from './trace.ts';

/** What a call to a cluster is about. */
export type About = Pick<CallInfo, 'flinkJobId' | 'detail'>;

/** Sends one call to the JobManager behind a URL; nothing of it counts before its id was read back (design.md 3). */
export type AskFlink = <T>(
  kind: CallKind,
  about: About,
  signal: AbortSignal,
  act: (cluster: FakeCluster, call: Call) => T | Promise<T>,
) => Promise<T>;

/** Where a client thinks a cluster is. */
export interface RestAddress {
  restUrl: string;
  clusterId: string;
}

/** @param find the cluster at a URL, if any process listens there. */
export function askingAt(
  address: RestAddress,
  calls: Calls,
  options: WorldOptions,
  find: (restUrl: string) => FakeCluster | undefined,
  deploymentOf: (clusterId: string) => string | undefined,
): AskFlink {
  return (kind, about, signal, act) => {
    const deploymentId = deploymentOf(address.clusterId);
    const owner = deploymentId === undefined ? {} : { deploymentId };
    const info: CallInfo = { kind, clusterId: address.clusterId, ...owner, ...about };
    return calls.perform(info, signal, async (call) => {
      const cluster = await answering(find(address.restUrl), kind, options);
      if (cluster.clusterId !== address.clusterId) {
        throw unreachable(kind, `${address.restUrl} is ${cluster.clusterId}`);
      }
      return act(cluster, call);
    });
  };
}

async function answering(
  cluster: FakeCluster | undefined,
  kind: CallKind,
  options: WorldOptions,
): Promise<FakeCluster> {
  if (cluster === undefined || cluster.jobManager === 'exited' || cluster.rest === 'refuses') {
    throw unreachable(kind, 'connect ECONNREFUSED');
  }
  if (cluster.rest === 'silent' || cluster.trouble.jobManager === 'silent') {
    await pause(options.clock, options.callTimeoutMs);
    throw unreachable(kind, `no answer within ${options.callTimeoutMs} ms`);
  }
  if (cluster.rest === 'garbage')
    throw unreachable(kind, 'the answer is not JSON: <!DOCTYPE html>');
  if (cluster.jobManager === 'starting') throw unreachable(kind, '503 Service Unavailable');
  return cluster;
}
