import type { ClusterRef } from '../../core/cluster.ts';
import { ports } from './configuration.ts';
import type { Place } from './context.ts';
import { collectionsOf, namesOf } from './names.ts';
import type { ConfigMap } from './replies.ts';
import { tlsOf } from './tls.ts';

/**
 * Where Flink's REST endpoint is reached: inside the cluster by the Service's name; from outside through the API server,
 * by the name of the one pod that can be it, so that no address is used again by another. A certificate of Flink's has the
 * name `*.<namespace>.svc`.
 * @param root what says whether it speaks TLS.
 */
export function restUrlOf(place: Place, ref: ClusterRef, root: ConfigMap | undefined): string {
  const scheme = tlsOf(root?.metadata.annotations) ? 'https' : 'http';
  const { connection, namespace } = place;
  const { service, jobManager } = namesOf(ref);
  if (connection.isInside) return `${scheme}://${service}.${namespace}.svc:${ports.rest}`;
  return `${proxyUrl(place)}/${scheme}:${jobManager}:${ports.rest}/proxy${mark(place)}`;
}

/** Whether an address leads through the API server of this place, by its context's own way. */
export const leadsThrough = (restUrl: URL, place: Place): boolean =>
  restUrl.href.startsWith(proxyUrl(place)) && restUrl.hash === mark(place);

/** Contexts may share the URL of a server, and differ in who we are there, or in what stands behind it. */
const mark = ({ context }: Place): string => (context ? `#${encodeURIComponent(context)}` : '');

/** What all addresses of pods of a namespace begin with that lead through its API server. */
const proxyUrl = ({ connection, namespace }: Place): string =>
  connection.server.href.replace(/\/$/, '') + collectionsOf(namespace).pods;
