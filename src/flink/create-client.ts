import { Agent } from 'undici';
import type { CertificateFiles } from './certificates.ts';
import { checkpointCalls } from './checkpoint-calls.ts';
import type { FlinkClient } from './client.ts';
import { clusterCalls } from './cluster-calls.ts';
import { connectorTo } from './connector.ts';
import { diagnosisCalls } from './diagnosis-calls.ts';
import { jarCalls } from './jar-calls.ts';
import { jobCalls } from './job-calls.ts';
import { followConnections, type Proofs, provenCluster } from './proven-cluster.ts';
import { savepointCalls } from './savepoint-calls.ts';
import { type FlinkLimits, type Gateway, transport } from './transport.ts';

/** Connections to one JobManager: enough that a slow call does not hold up the others. */
const connectionsPerCluster = 4;

const defaults: FlinkLimits = {
  callTimeoutMs: 10_000,
  // `main()` runs inside the request and may look around in outside systems first.
  runTimeoutMs: 120_000,
  maxReplyBytes: 4 * 1024 * 1024,
};

export type { Gateway } from './transport.ts';

/**
 * The client of Flink's REST API, for 1.20 and 2.x. One per process: it pools connections by cluster.
 * @param options `callTimeoutMs`: one call, 10 s by default. `runTimeoutMs`: uploads, `run` and the wait for a
 *   disposal, 120 s. `maxReplyBytes`: larger answers are `Unreachable`, 4 MiB. `gatewayTo`: where a base URL is reached in
 *   another way than by plain HTTP. `certificates`: for clusters that speak TLS.
 */
export function createFlinkClient(
  options: Partial<FlinkLimits> & {
    gatewayTo?: (base: URL) => Gateway | undefined;
    certificates?: CertificateFiles | undefined;
  } = {},
): FlinkClient {
  const { gatewayTo, certificates, ...given } = options;
  const limits = { ...defaults, ...given };
  const agent = new Agent({
    connections: connectionsPerCluster,
    connect: connectorTo(limits.callTimeoutMs, certificates),
  });
  const proofs = new Map<Agent, Proofs>();
  const proofsOf = (one: Agent): Proofs => {
    const known = proofs.get(one) ?? followConnections(one);
    proofs.set(one, known);
    return known;
  };
  return {
    at(restUrl, clusterId) {
      const base = new URL(restUrl);
      const way = gatewayTo?.(base) ?? { agent };
      const send = provenCluster(
        transport(way, limits, base),
        proofsOf(way.agent),
        base,
        clusterId,
      );
      return {
        ...clusterCalls(send),
        ...jobCalls(send),
        ...checkpointCalls(send),
        ...diagnosisCalls(send),
        ...jarCalls(send),
        ...savepointCalls(send, limits),
      };
    },
    close: () => agent.destroy(),
  };
}
