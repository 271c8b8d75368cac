import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';
import { isRefusal, KubernetesRefusal } from './answers.ts';
import type { KubernetesApi } from './api.ts';
import { clusterLabel, collectionsOf } from './names.ts';
import { type Pod, readReply, replies } from './replies.ts';

/**
 * Between two tries, in ms: after the first loss at once, then longer. Rights are given by people: where they are missing
 * the API server is not asked more often than that.
 */
const backOff = { firstMs: 200, mostMs: 15_000, refusedMs: 60_000 };

/** A watch that nobody asked for so long is not gone on with, in ms: no job is left there, or its target was removed. */
const unaskedMs = 15 * 60_000;

/** Time, as a watch goes by it. */
export interface WatchTime {
  /** Monotonic, in ms. */
  now(): number;
  /** Ends early, without an error, when `signal` says so. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const realTime: WatchTime = {
  now: () => performance.now(),
  pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/** One that does not last for so long is of no use, in ms: that is told, once. */
const failingMs = 60_000;

/** What keeps a watch from going on. */
export interface WatchTrouble {
  /** `refused`: Kubernetes does not let us. `failing`: it has not come about, or ended at once, for over a minute. */
  kind: 'refused' | 'failing';
  /** In its words. */
  why: string;
}

/** Hears of trouble, and with `undefined` that the watch goes on: once per change. */
export type TellWatch = (trouble: WatchTrouble | undefined) => void;

/**
 * What is known of our pods in a namespace, from one watch that all Deployments share: an idle one costs the API server
 * nothing. A cache: good for saying that all is as it was, never that something is gone (reliability.md 3.2).
 */
export class PodWatch {
  readonly #api: KubernetesApi;
  readonly #path: string;
  readonly #tell: TellWatch;
  readonly #time: WatchTime;
  readonly #stop = new AbortController();
  readonly #pods = new Map<string, Pod>();
  /** Absent: it rests, until somebody asks. */
  #running: Promise<void> | undefined;
  #askedAt = 0;
  /** When it began; absent: it is not open. */
  #liveSince: number | undefined;
  #told: WatchTrouble | undefined;

  constructor(api: KubernetesApi, namespace: string, tell: TellWatch, time = realTime) {
    this.#api = api;
    this.#path = collectionsOf(namespace).pods;
    this.#tell = tell;
    this.#time = time;
    this.#goOn();
  }

  /** The pods of a cluster; `undefined`: not known at the moment. */
  podsOf(clusterId: string): Pod[] | undefined {
    this.#goOn();
    if (this.#liveSince === undefined) return undefined;
    return [...this.#pods.values()].filter(
      ({ metadata }) => metadata.labels[clusterLabel] === clusterId,
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #goOn(): void {
    this.#askedAt = this.#time.now();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    let pauseMs = 0;
    let failingSince: number | undefined;
    let end: End = {};
    while (!this.#stop.signal.aborted && this.#time.now() - this.#askedAt < unaskedMs) {
      const began = this.#time.now();
      end = await this.#once(end.since);
      failingSince = this.#hasLasted() ? undefined : (failingSince ?? began);
      this.#liveSince = undefined;
      const failingFor = this.#time.now() - (failingSince ?? Number.POSITIVE_INFINITY);
      if (end.refused !== undefined) this.#note({ kind: 'refused', why: end.refused });
      else if (failingFor > failingMs)
        this.#note({ kind: 'failing', why: end.lost ?? 'it ends as soon as it begins' });
      pauseMs = pauseAfter(end, pauseMs, this.#time.now() - began);
      await this.#time.pause(pauseMs * (0.5 + Math.random() / 2), this.#stop.signal);
    }
  }

  /** One list, unless it can go on, and one watch from there. */
  async #once(since: string | undefined): Promise<End> {
    let version = since;
    try {
      version ??= await this.#list();
      const { signal } = this.#stop;
      const lines = await this.#api.watch(this.#path, clusterLabel, version, signal);
      this.#liveSince = this.#time.now();
      if (this.#told?.kind === 'refused') this.#note(undefined);
      for await (const line of lines) {
        if (this.#hasLasted()) this.#note(undefined);
        const seen = readReply(watchEvent, line);
        if (seen.type === 'ERROR') return {}; // 410: too long away
        if (seen.type !== 'BOOKMARK') this.#take(seen.type, line);
        // Only now: what could not be read is not passed over.
        version = seen.object.metadata.resourceVersion;
      }
    } catch (error) {
      if (isRefusal(error, 410)) return {};
      if (error instanceof KubernetesRefusal) return { refused: error.message };
      if (!this.#stop.signal.aborted && !(error instanceof Unreachable)) throw error;
      const lost = error instanceof Error ? { lost: error.message } : {};
      return version === undefined ? lost : { ...lost, since: version };
    }
    return { since: version };
  }

  async #list(): Promise<string> {
    const reply = await this.#api.list(this.#path, clusterLabel, this.#stop.signal);
    const { items } = readReply(replies.pods, reply);
    this.#pods.clear();
    for (const pod of items) this.#pods.set(pod.metadata.uid, pod);
    return readReply(listVersion, reply).metadata.resourceVersion;
  }

  #take(type: 'ADDED' | 'MODIFIED' | 'DELETED', line: unknown): void {
    const { object: pod } = readReply(podEvent, line);
    if (type === 'DELETED') this.#pods.delete(pod.metadata.uid);
    else this.#pods.set(pod.metadata.uid, pod);
  }

  /** It is open, and has been for long enough to be of use. */
  #hasLasted(): boolean {
    return this.#liveSince !== undefined && this.#time.now() - this.#liveSince > backOff.mostMs;
  }

  /** A refusal says more than that it fails; of failures the first one is as good as the others. */
  #note(trouble: WatchTrouble | undefined): void {
    const known = this.#told;
    const isNews = trouble?.kind === 'failing' ? known === undefined : trouble?.why !== known?.why;
    if (!isNews) return;
    this.#told = trouble;
    this.#tell(trouble);
  }
}

/** How one list and watch ended. */
interface End {
  /** Where to go on; absent: from the start. */
  since?: string;
  /** Kubernetes' words for not letting us. */
  refused?: string;
  /** What else went wrong. */
  lost?: string;
}

/** What lasted was no failure; what ends at once again is asked ever more rarely. */
function pauseAfter({ refused }: End, before: number, lastedMs: number): number {
  if (refused !== undefined) return backOff.refusedMs;
  if (lastedMs > backOff.mostMs) return 0;
  return Math.min(before * 2 || backOff.firstMs, backOff.mostMs);
}

const listVersion = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const podEvent = z.object({ object: replies.pod });
const watchEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ERROR') }),
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']), object: listVersion }),
]);
