import type { ClusterRef } from '../../core/cluster.ts';
import { ports } from './configuration.ts';
import type { Place } from './context.ts';
import { collectionsOf, namesOf } from './names.ts';

/**
 * Where Flink's REST endpoint is reached: inside the cluster by the Service's name; from outside through the API server,
 * by the name of the one pod that can be it, so that no address is used again by another.
 */
export function restUrlOf({ connection, namespace }: Place, ref: ClusterRef): string {
  const { service, jobManager } = namesOf(ref);
  if (connection.isInside) return `http://${service}.${namespace}.svc:${ports.rest}`;
  return `${proxyUrl({ connection, namespace })}/http:${jobManager}:${ports.rest}/proxy`;
}

/** What all addresses of pods of a namespace begin with that lead through its API server. */
export const proxyUrl = ({ connection, namespace }: Pick<Place, 'connection' | 'namespace'>) =>
  connection.server.href.replace(/\/$/, '') + collectionsOf(namespace).pods;
