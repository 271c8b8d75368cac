import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';
import { type KubernetesApi, KubernetesRefusal } from './api.ts';
import { clusterLabel, collectionsOf } from './names.ts';
import { type Pod, readReply, replies } from './replies.ts';

/** Between two tries, in ms: after the first loss at once, then longer. */
const backOff = { firstMs: 200, mostMs: 15_000 };

/**
 * What is known of our pods in a namespace, from one watch that all Deployments share: an idle one costs the API server
 * nothing. A cache: good for saying that all is as it was, never that something is gone (reliability.md 3.2).
 */
export class PodWatch {
  readonly #api: KubernetesApi;
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #pods = new Map<string, Pod>();
  #isLive = false;

  constructor(api: KubernetesApi, namespace: string) {
    this.#api = api;
    this.#path = collectionsOf(namespace).pods;
    this.#running = this.#run();
  }

  /** The pods of a cluster; `undefined`: not known at the moment. */
  podsOf(clusterId: string): Pod[] | undefined {
    if (!this.#isLive) return undefined;
    return [...this.#pods.values()].filter(
      ({ metadata }) => metadata.labels[clusterLabel] === clusterId,
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let pauseMs = 0;
    let since: string | undefined;
    while (!this.#stop.signal.aborted) {
      const began = performance.now();
      since = await this.#once(since);
      this.#isLive = false;
      // What lasted was no failure; what ends at once again is asked ever more rarely.
      pauseMs = performance.now() - began > backOff.mostMs ? 0 : pauseMs * 2 || backOff.firstMs;
      const jittered = Math.min(pauseMs, backOff.mostMs) * (0.5 + Math.random() / 2);
      await delay(jittered, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** One list, unless it can go on, and one watch from there. @returns where to go on; `undefined`: from the start. */
  async #once(since: string | undefined): Promise<string | undefined> {
    let version = since;
    try {
      version ??= await this.#list();
      this.#isLive = true;
      for await (const line of this.#api.watch(
        this.#path,
        clusterLabel,
        version,
        this.#stop.signal,
      )) {
        const seen = readReply(watchEvent, line);
        if (seen.type === 'ERROR') return undefined; // 410: too long away
        version = seen.object.metadata.resourceVersion;
        if (seen.type !== 'BOOKMARK') this.#note(seen.type, line);
      }
      return version;
    } catch (error) {
      if (this.#stop.signal.aborted || error instanceof Unreachable) return version;
      if (error instanceof KubernetesRefusal) return undefined;
      throw error;
    }
  }

  async #list(): Promise<string> {
    const reply = await this.#api.list(this.#path, clusterLabel, this.#stop.signal);
    this.#pods.clear();
    for (const pod of readReply(replies.pods, reply).items) this.#pods.set(pod.metadata.uid, pod);
    return readReply(listVersion, reply).metadata.resourceVersion;
  }

  #note(type: 'ADDED' | 'MODIFIED' | 'DELETED', line: unknown): void {
    const { object: pod } = readReply(podEvent, line);
    if (type === 'DELETED') this.#pods.delete(pod.metadata.uid);
    else this.#pods.set(pod.metadata.uid, pod);
  }
}

const listVersion = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const podEvent = z.object({ object: replies.pod });
const watchEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ERROR') }),
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']), object: listVersion }),
]);
