import type { Agent } from 'undici';
import { readBody, unreachable } from './answers.ts';
import { clusterIdKey } from './client.ts';
import { configurationReply } from './cluster-calls.ts';
import type { Send } from './transport.ts';

/**
 * Which cluster answers at a base URL, for as long as its connections live. An address is used again by another cluster
 * after a teardown, and undici connects again without a word; but what answers on a connection that stayed open is the
 * same process. So a proof holds until a connection to the origin opens or closes.
 */
export interface Proofs {
  holds(base: URL, clusterId: string): boolean;
  add(base: URL, clusterId: string): void;
}

/** Follows an agent's connections. Keeps nothing of an origin without connections. */
export function followConnections(agent: Agent): Proofs {
  const origins = new Map<string, { open: number; proven: Map<string, string> }>();
  const reset = (origin: URL, more: number): void => {
    const open = (origins.get(origin.origin)?.open ?? 0) + more;
    if (open > 0) origins.set(origin.origin, { open, proven: new Map() });
    else origins.delete(origin.origin);
  };
  agent.on('connect', (origin) => reset(origin, 1));
  agent.on('disconnect', (origin) => reset(origin, -1));
  return {
    holds: ({ origin, href }, clusterId) => origins.get(origin)?.proven.get(href) === clusterId,
    add: ({ origin, href }, clusterId) => origins.get(origin)?.proven.set(href, clusterId),
  };
}

/**
 * Calls that count only when the cluster that carries `clusterId` answered (design.md 3): its id is read before the
 * call, and again after it when a connection opened or closed meanwhile.
 */
export function provenCluster(send: Send, proofs: Proofs, base: URL, clusterId: string): Send {
  async function prove(signal: AbortSignal): Promise<void> {
    if (proofs.holds(base, clusterId)) return;
    const answer = await send({ method: 'GET', path: '/jobmanager/config' }, signal);
    if (readBody(configurationReply, answer)[clusterIdKey] !== clusterId) {
      throw unreachable(answer.source, `what answers there is not the cluster ${clusterId}`);
    }
    proofs.add(base, clusterId);
  }
  return async (call, signal) => {
    await prove(signal);
    const answer = await send(call, signal);
    await prove(signal);
    return answer;
  };
}
