import { isRefusal } from './answers.ts';
import type { Place } from './context.ts';
import { collectionsOf, managedBy } from './names.ts';
import { readReply, replies } from './replies.ts';

/** One ConfigMap of each namespace remembers which clusters were destroyed there, and when. */
const name = 'sluice-tombstones';

/** No copy of a given-up call comes back after so long, in ms. */
const keptMs = 7 * 24 * 60 * 60 * 1_000;

/** When the cluster was destroyed; `undefined`: it was not. */
export async function readTombstone(
  { api, namespace }: Place,
  clusterId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await readAll({ api, namespace }, signal))?.[clusterId];
}

/** Remembers that a cluster is dead, before anything of it goes, and forgets those that died long ago. */
export async function writeTombstone(
  place: Place,
  clusterId: string,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const { configMaps } = collectionsOf(place.namespace);
  const before = await readAll(place, signal);
  if (before?.[clusterId] !== undefined) return;
  const data = { [clusterId]: new Date(now).toISOString() };
  const old = Object.entries(before ?? {}).filter(([, at]) => now - Date.parse(at) > keptMs);
  const forgotten = Object.fromEntries(old.map(([id]) => [id, null]));
  try {
    if (before) {
      await place.api.merge(configMaps, name, { data: { ...forgotten, ...data } }, signal);
      return;
    }
    const metadata = { name, labels: managedBy };
    await place.api.create(
      configMaps,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
      signal,
    );
  } catch (error) {
    // Nothing is made any more in a namespace that is gone, or on its way out.
    if (isNamespaceGone(error)) return;
    // Another one made it, or removed it, in this instant.
    if (!isRefusal(error, before ? 404 : 409)) throw error;
    await writeTombstone(place, clusterId, now, signal);
  }
}

const isNamespaceGone = (error: unknown): boolean =>
  (isRefusal(error, 404) && /namespaces ".*" not found/.test(error.message)) ||
  (isRefusal(error, 403) && /is being terminated/.test(error.message));

async function readAll(
  { api, namespace }: Pick<Place, 'api' | 'namespace'>,
  signal: AbortSignal,
): Promise<Record<string, string> | undefined> {
  const found = await api.get(collectionsOf(namespace).configMaps, name, signal);
  return found === undefined ? undefined : readReply(replies.configMap, found).data;
}
