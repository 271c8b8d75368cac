import type { Agent } from 'undici';
import { readBody, unreachable } from './answers.ts';
import { clusterIdKey } from './client.ts';
import { configurationReply } from './cluster-calls.ts';
import type { Send } from './transport.ts';

/**
 * Which cluster answers at an origin, for as long as its connections live. An address is used again by another cluster
 * after a teardown, and undici connects again without a word; but what answers on a connection that stayed open is the
 * same process. So a proof holds until a connection to the origin opens or closes.
 */
export interface Proofs {
  holds(origin: string, clusterId: string): boolean;
  add(origin: string, clusterId: string): void;
}

/** Follows an agent's connections. Keeps nothing of an origin without connections. */
export function followConnections(agent: Agent): Proofs {
  const origins = new Map<string, { open: number; clusterId?: string }>();
  const openOf = (origin: URL): number => origins.get(origin.origin)?.open ?? 0;
  agent.on('connect', (origin) => origins.set(origin.origin, { open: openOf(origin) + 1 }));
  agent.on('disconnect', (origin) => {
    const open = openOf(origin) - 1;
    if (open > 0) origins.set(origin.origin, { open });
    else origins.delete(origin.origin);
  });
  return {
    holds: (origin, clusterId) => origins.get(origin)?.clusterId === clusterId,
    add: (origin, clusterId) => {
      const known = origins.get(origin);
      if (known !== undefined) known.clusterId = clusterId;
    },
  };
}

/**
 * Calls that count only when the cluster that carries `clusterId` answered (design.md 3): its id is read before the
 * call, and again after it when a connection opened or closed meanwhile.
 */
export function provenCluster(send: Send, proofs: Proofs, origin: string, clusterId: string): Send {
  async function prove(signal: AbortSignal): Promise<void> {
    if (proofs.holds(origin, clusterId)) return;
    const answer = await send({ method: 'GET', path: '/jobmanager/config' }, signal);
    if (readBody(configurationReply, answer)[clusterIdKey] !== clusterId) {
      throw unreachable(answer.source, `what answers there is not the cluster ${clusterId}`);
    }
    proofs.add(origin, clusterId);
  }
  return async (call, signal) => {
    await prove(signal);
    const answer = await send(call, signal);
    await prove(signal);
    return answer;
  };
}
