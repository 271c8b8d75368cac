import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterRef } from '../../core/cluster.ts';
import { Unreachable } from '../../core/errors/index.ts';
import type { Collection } from './api.ts';
import type { Place } from './context.ts';
import { readParts } from './describe-cluster.ts';
import { collectionsOf, namesOf, selectorOf } from './names.ts';
import { type AnyObject, readReply, replies } from './replies.ts';
import { writeTombstone } from './tombstones.ts';
import { findingOf } from './trouble.ts';

/** A JobManager that is to go has nothing left to say. */
const graceSeconds = 1;

/** How long one call waits for Kubernetes to be done, in ms, before it says what is in the way; whoever calls tries again. */
const patienceMs = 15_000;

/** Removes a cluster, the JobManager first (reliability.md 2.2 rule 5), and proves that nothing of it is left. */
export async function destroyCluster(
  place: Place,
  ref: ClusterRef,
  now: number,
  signal: AbortSignal,
): Promise<{ evidence: string }> {
  await writeTombstone(place, ref.clusterId, now, signal);
  const { pods, deployments, services, configMaps } = collectionsOf(place.namespace);
  const names = namesOf(ref);
  const asked = new Set<string>();
  const end = async (collection: Collection, name: string) => {
    const one = await find(place, collection, ref, name, signal);
    if (!one || asked.has(one.metadata.uid)) return;
    const pod = collection === pods ? { gracePeriodSeconds: graceSeconds } : {};
    await place.api.remove(collection, { name, uid: one.metadata.uid, ...pod }, signal);
    asked.add(one.metadata.uid);
  };
  // Each time anew: a late copy of ensure may make it once more while its root is there.
  const jobManagerGone = async () => {
    await end(pods, names.jobManager);
    return left(await find(place, pods, ref, names.jobManager, signal));
  };
  await until(jobManagerGone, signal);
  await end(deployments, names.taskManager);
  await until(async () => (await jobManagerGone()) || leftPods(place, ref, signal), signal);
  await Promise.all([end(services, names.service), end(configMaps, names.root)]);
  await until(() => leftAtAll(place, ref, signal), signal);
  return { evidence: `namespace ${place.namespace} holds nothing of ${ref.clusterId} any more` };
}

async function find(
  { api }: Place,
  collection: Collection,
  { clusterId }: ClusterRef,
  name: string,
  signal: AbortSignal,
): Promise<AnyObject | undefined> {
  const list = readReply(
    replies.objects,
    await api.list(collection, selectorOf(clusterId), signal),
  );
  return list.items.find(({ metadata }) => metadata.name === name);
}

/** What is still there, for people; empty: nothing. */
type Left = string;

const left = (one: AnyObject | undefined): Left => (one ? describe(one) : '');

async function leftPods(place: Place, ref: ClusterRef, signal: AbortSignal): Promise<Left> {
  const { pods } = await readParts(place, ref, signal);
  return pods.map((pod) => findingOf(pod)?.why ?? `pod ${pod.metadata.name} runs`).join('; ');
}

async function leftAtAll(place: Place, ref: ClusterRef, signal: AbortSignal): Promise<Left> {
  const collections = Object.values(collectionsOf(place.namespace));
  const lists = await Promise.all(
    collections.map((collection) => place.api.list(collection, selectorOf(ref.clusterId), signal)),
  );
  const objects = lists.flatMap((list) => readReply(replies.objects, list).items);
  return objects.map(describe).join('; ');
}

/** Finalizers of others are named and never stripped (reliability.md 3.2). */
function describe({ metadata: { name, finalizers, deletionTimestamp } }: AnyObject): string {
  const held = finalizers.filter((one) => one !== 'foregroundDeletion').join(', ');
  const since = deletionTimestamp ? `, being deleted since ${deletionTimestamp}` : '';
  return `${name}${since}${held ? `, held by the finalizer ${held}` : ''}`;
}

async function until(look: () => Promise<Left>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 1.5, 1_000)) {
    const there = await look();
    if (there === '') return;
    if (performance.now() > deadline)
      throw new Unreachable('TARGET_UNREACHABLE', `Kubernetes has not removed ${there}`);
    await delay(pauseMs, undefined, { signal });
  }
}
