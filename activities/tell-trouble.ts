import type { ClusterRef } from '../src/core/cluster.ts';
import type { ActivityDeps } from './deps.ts';
import { tellOnce } from './tell-once.ts';

/** A TaskManager that is replaced is back within seconds: what lasts longer has a reason that people want to know, in ms. */
const lastsMs = 5_000;

/**
 * Tells as an event why the cluster of a running job is not whole, though waiting alone may mend it: its own words, once
 * for each reason, and again if it is so on another day.
 * @returns a function that hears at each look what is amiss, or `undefined` for nothing.
 */
export function createTroubleTeller(
  deps: ActivityDeps,
  cluster: ClusterRef,
): (why: string | undefined) => Promise<void> {
  const told = new Set<string>();
  let since: number | undefined;
  return async (why) => {
    const at = deps.now();
    since = why === undefined ? undefined : (since ?? at);
    if (why === undefined || since === undefined || at - since < lastsMs) return;
    const day = new Date(at).toISOString().slice(0, 10);
    const key = `trouble/${cluster.jobId}/${day}/${reasonOf(why)}`;
    if (told.has(key)) return;
    const message = `The cluster is not as it should be: ${why}`;
    const event = { key, name: 'GENERAL_FAILURE', message, jobId: cluster.jobId, at } as const;
    await tellOnce(deps, cluster, event);
    told.add(key);
  };
}

/** The same words about another pod, sandbox or volume, another count of nodes, or another pause are the same reason. */
const reasonOf = (why: string): string =>
  why
    .replace(/\bpod \S+/g, 'pod')
    .replace(/\b[0-9a-f][0-9a-f-]{7,}\b/g, '')
    .replace(/[\d.]+/g, '')
    .slice(0, 200);
