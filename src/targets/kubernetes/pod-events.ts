import { z } from 'zod';
import type { ClusterRef } from '../../core/cluster.ts';
import { Unreachable } from '../../core/errors/index.ts';
import { KubernetesRefusal } from './answers.ts';
import type { KubernetesApi } from './api.ts';
import { componentLabel, eventsOf } from './names.ts';
import { type Pod, readReply } from './replies.ts';
import { findingOf } from './trouble.ts';

/** A pod that comes up for longer has something in its way; also the least time between two questions, in ms. */
const lastsMs = 5_000;

/** Rights are given by people: where this one is missing, Kubernetes is not asked more often than that, in ms. */
const refusedMs = 60_000;

/** With news of these kinds a pod got past whatever a warning before them says. */
const progress = ['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started'];

const time = z.string().nullish();
const eventList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ creationTimestamp: time }),
      type: z.string().nullish(),
      reason: z.string().default(''),
      message: z.string().default(''),
      eventTime: time,
      lastTimestamp: time,
      series: z.object({ lastObservedTime: time }).nullish(),
    }),
  ),
});
type Event = z.output<typeof eventList>['items'][number];

/** The pod of a cluster that is waited for. Times in epoch ms. */
interface Waiting {
  uid: string;
  since: number;
  askedAt?: number;
  said?: string | undefined;
}

/**
 * What keeps a pod from coming up that neither its conditions nor its containers tell: a volume that cannot be mounted, a
 * network that cannot be had. Kubernetes says so in Events alone, which anybody may write and which are kept for an hour:
 * words for people, and a reason for nothing.
 */
export class PodEvents {
  readonly #api: KubernetesApi;
  readonly #path: string;
  readonly #now: () => number;
  /** By cluster. */
  readonly #waiting = new Map<string, Waiting>();
  #refusedAt: number | undefined;

  constructor(api: KubernetesApi, namespace: string, now: () => number) {
    this.#api = api;
    this.#path = eventsOf(namespace);
    this.#now = now;
  }

  /**
   * The pods of a cluster, of which the one that is waited for has what Kubernetes said of it last. It is asked for once
   * in 5 s at most. No answer is no words: a look does not fail by it.
   */
  async withWords({ clusterId }: ClusterRef, pods: Pod[], signal: AbortSignal): Promise<Pod[]> {
    const pod = waitedFor(pods);
    if (!pod) {
      this.#waiting.delete(clusterId);
      return pods;
    }
    const { uid } = pod.metadata;
    const known = this.#waiting.get(clusterId);
    const waiting: Waiting = known?.uid === uid ? known : { uid, since: this.#now() };
    this.#waiting.set(clusterId, waiting);
    if (this.#isDue(waiting)) await this.#ask(waiting, signal);
    const { said } = waiting;
    return said === undefined ? pods : pods.map((one) => (one === pod ? { ...one, said } : one));
  }

  forget({ clusterId }: ClusterRef): void {
    this.#waiting.delete(clusterId);
  }

  #isDue({ since, askedAt = since }: Waiting): boolean {
    const hasPassed = (ms: number, at: number) => {
      const passed = this.#now() - at;
      return passed >= ms || passed < 0; // the clock was set back (F50)
    };
    const mayAsk = this.#refusedAt === undefined || hasPassed(refusedMs, this.#refusedAt);
    return mayAsk && hasPassed(lastsMs, askedAt);
  }

  async #ask(waiting: Waiting, signal: AbortSignal): Promise<void> {
    waiting.askedAt = this.#now();
    try {
      const fieldSelector = `involvedObject.uid=${waiting.uid}`;
      const reply = await this.#api.list(this.#path, { fieldSelector, onePage: true }, signal);
      waiting.said = wordsOf(readReply(eventList, reply).items);
      this.#refusedAt = undefined;
    } catch (error) {
      if (error instanceof KubernetesRefusal) this.#refusedAt = this.#now();
      else if (!(error instanceof Unreachable) || signal.aborted) throw error;
    }
  }
}

/** The JobManager before others: it is what is told of a cluster. */
function waitedFor(pods: readonly Pod[]): Pod | undefined {
  const untold = pods.filter((pod) => findingOf(pod)?.untold);
  return (
    untold.find(({ metadata }) => metadata.labels[componentLabel] === 'jobmanager') ?? untold[0]
  );
}

/** The latest warning, unless the pod got past it. */
function wordsOf(events: readonly Event[]): string | undefined {
  const isProgress = ({ reason }: Event) => progress.includes(reason);
  const [latest] = events
    .filter((event) => event.type === 'Warning' || isProgress(event))
    .sort((one, other) => timeOf(other) - timeOf(one));
  return latest && !isProgress(latest) ? `${latest.reason}: ${latest.message}` : undefined;
}

/** When it came last, in epoch ms, in whichever form it was written. */
function timeOf({ metadata, eventTime, lastTimestamp, series }: Event): number {
  const times = [metadata.creationTimestamp, eventTime, lastTimestamp, series?.lastObservedTime];
  return Math.max(0, ...times.map((one) => Date.parse(one ?? '') || 0));
}
