import type { ClusterRef } from '../../core/cluster.ts';
import type { Place } from './context.ts';
import { collectionsOf, jobManagerContainer, jobManagerUid, namesOf } from './names.ts';
import type { Parts } from './replies.ts';
import { mainContainerOf } from './trouble.ts';

/**
 * Notes on the root in which container its JobManager runs, once. Whoever is told the address may submit to it, so this
 * comes first: another container by that address would be an empty JobManager that nobody can tell from it.
 * @param parts as they were read: a root that was changed since then is left as it is.
 * @throws {Unreachable} it was changed, or there is no answer: look again.
 */
export async function noteContainer(
  { api, namespace }: Place,
  ref: ClusterRef,
  { root, pods }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { annotations = {}, resourceVersion } = root?.metadata ?? {};
  const pod = pods.find(({ metadata }) => metadata.uid === annotations[jobManagerUid]);
  const container = pod && mainContainerOf(pod);
  if (!container || annotations[jobManagerContainer] !== undefined) return;
  const metadata = { resourceVersion, annotations: { [jobManagerContainer]: container } };
  await api.merge(collectionsOf(namespace).configMaps, namesOf(ref).root, { metadata }, signal);
}
