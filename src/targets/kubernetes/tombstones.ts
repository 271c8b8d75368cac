import { isRefusal } from './answers.ts';
import type { Place } from './context.ts';
import { collectionsOf, managedBy } from './names.ts';
import { readReply, replies } from './replies.ts';

/**
 * Sixteen ConfigMaps of each namespace remember which clusters were destroyed there, and when: by the last digit of a
 * cluster's id, which is as good as random. One alone is full (1 MiB) at about 15,000 clusters.
 */
const nameFor = (clusterId: string): string => `sluice-tombstones-${clusterId.slice(-1)}`;

/** No copy of a given-up call comes back after so long, in ms. */
const keptMs = 7 * 24 * 60 * 60 * 1_000;

/** So many fit one ConfigMap, with what the API server notes of each field: 100 bytes each. */
const mostKept = 9_000;

/**
 * Where there are more, the oldest go before their time, but none as young as this, in ms. A copy of a call is as late as its
 * worker stood still between two requests, each of which is cut after seconds: a frozen process, a machine that is moved or
 * repaired; hours. One that is later yet makes a cluster without a job, which is told as an orphan (S5): its submit is a
 * call of its own, which nobody makes for a Job that has ended.
 */
const neededMs = 24 * 60 * 60 * 1_000;

/** When the cluster was destroyed; `undefined`: it was not. */
export async function readTombstone(
  { api, namespace }: Place,
  clusterId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await readAll({ api, namespace }, nameFor(clusterId), signal))?.[clusterId];
}

/** Remembers that a cluster is dead, before anything of it goes, and forgets those that died long ago. */
export async function writeTombstone(
  place: Place,
  clusterId: string,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const { configMaps } = collectionsOf(place.namespace);
  const name = nameFor(clusterId);
  const before = await readAll(place, name, signal);
  if (before?.[clusterId] !== undefined) return;
  const data = { [clusterId]: new Date(now).toISOString() };
  const forgotten = Object.fromEntries(toForget(before ?? {}, now).map((id) => [id, null]));
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

/** Ids of those that died long ago, and of the oldest where there are too many. */
function toForget(tombstones: Readonly<Record<string, string>>, now: number): string[] {
  const newestFirst = Object.entries(tombstones)
    .map(([id, at]) => ({ id, age: now - Date.parse(at) }))
    .sort((one, other) => one.age - other.age);
  return newestFirst
    .filter(({ age }, index) => age > keptMs || (index >= mostKept - 1 && age > neededMs))
    .map(({ id }) => id);
}

const isNamespaceGone = (error: unknown): boolean =>
  (isRefusal(error, 404) && /namespaces ".*" not found/.test(error.message)) ||
  (isRefusal(error, 403) && /is being terminated/.test(error.message));

async function readAll(
  { api, namespace }: Pick<Place, 'api' | 'namespace'>,
  name: string,
  signal: AbortSignal,
): Promise<Record<string, string> | undefined> {
  const found = await api.get(collectionsOf(namespace).configMaps, name, signal);
  return found === undefined ? undefined : readReply(replies.configMap, found).data;
}
