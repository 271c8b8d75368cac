import { isDeepStrictEqual } from 'node:util';
import { Unreachable } from '../../../core/errors/index.ts';
import { KubernetesRefusal } from '../answers.ts';
import type { Collection, KubernetesApi, Selected } from '../api.ts';
import type { Place } from '../context.ts';
import { NamespaceIdentity } from '../identity.ts';

interface FakeObject {
  metadata: {
    name: string;
    uid: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { uid: string }[];
  };
  [field: string]: unknown;
}

type Moment = 'before' | 'after';

/** An API server in memory: it gives uids, collects what lost its owner, and counts the JobManagers it ever made. */
export class FakeApi implements KubernetesApi {
  readonly objects = new Map<string, FakeObject>();
  /** Names of all pods that were ever made. */
  readonly podsMade: string[] = [];
  /** What happens at a call: an error thrown here is the call's, before or after its effect. */
  at: (call: number, moment: Moment) => Promise<void> | void = () => undefined;
  calls = 0;
  #uids = 0;

  get place(): Place {
    const server = new URL('https://kube:6443');
    return {
      api: this,
      namespace: 'flink',
      identity: new NamespaceIdentity(this, server, 'flink'),
      connection: { server, isInside: true } as Place['connection'],
    };
  }

  get = (path: Collection, name: string) => this.#call(() => this.objects.get(`${path}/${name}`));

  list = (path: Collection, selected: string | Selected) =>
    this.#call(() => {
      const selector = typeof selected === 'string' ? selected : (selected.labelSelector ?? '');
      const all = [...this.objects].filter(([key]) => key.startsWith(`${path}/`));
      return { items: all.map(([, one]) => one).filter((one) => fits(one, selector)) };
    });

  create = (path: Collection, object: object) =>
    this.#call(() => {
      const key = `${path}/${nameOf(object)}`;
      if (this.objects.has(key))
        throw new KubernetesRefusal(409, 'AlreadyExists', `${key} already exists`);
      if (path.endsWith('/pods')) this.podsMade.push(nameOf(object));
      return this.#store(key, object);
    });

  apply = (path: Collection, object: object) =>
    this.#call(() => this.#store(`${path}/${nameOf(object)}`, object));

  merge = (path: Collection, name: string, patch: object) =>
    this.#call(() => {
      const key = `${path}/${name}`;
      const there = this.objects.get(key);
      if (!there) throw new KubernetesRefusal(404, 'NotFound', `${key} not found`);
      const { resourceVersion } = (patch as Partial<FakeObject>).metadata ?? {};
      if (resourceVersion !== undefined && resourceVersion !== there.metadata.resourceVersion)
        throw new Unreachable('TARGET_UNREACHABLE', `${key} has been modified`);
      return this.#store(key, patch);
    });

  remove = (path: Collection, { name, uid }: { name: string; uid: string }) =>
    this.#call(() => {
      const key = `${path}/${name}`;
      if (this.objects.get(key)?.metadata.uid === uid) this.objects.delete(key);
    });

  watch(): Promise<AsyncIterable<unknown>> {
    throw new Error('nobody watches here');
  }

  /** The call of that number fails, before or after its effect. */
  failAt(number: number, moment: Moment): void {
    this.at = (call, now) => {
      if (call === number && now === moment)
        throw new Unreachable('TARGET_UNREACHABLE', `cut ${moment} call ${number}`);
    };
  }

  /** Keys of what is there, without the namespace's tombstones. */
  left(): string[] {
    return [...this.objects.keys()].filter((key) => !key.includes('/sluice-tombstones-'));
  }

  async #call<T>(effect: () => T): Promise<T> {
    this.calls += 1;
    const number = this.calls;
    await this.at(number, 'before');
    const answer = structuredClone(effect());
    this.#collect();
    await this.at(number, 'after');
    return answer;
  }

  #store(key: string, object: object): FakeObject {
    this.#uids += 1;
    const fresh = { metadata: { uid: `uid-${this.#uids}` }, ...statusOf(key) };
    const before = this.objects.get(key);
    const stored = merged(merged({}, before ?? fresh), object) as FakeObject;
    if (isDeepStrictEqual(before, stored)) return stored;
    stored.metadata.resourceVersion = `${this.#uids}`;
    this.objects.set(key, stored);
    return stored;
  }

  /** As the garbage collector: what has an owner that is gone goes too. */
  #collect(): void {
    const uids = new Set([...this.objects.values()].map(({ metadata }) => metadata.uid));
    for (const [key, { metadata }] of this.objects)
      if (metadata.ownerReferences?.some(({ uid }) => !uids.has(uid))) this.objects.delete(key);
  }
}

const nameOf = (object: object): string => (object as FakeObject).metadata.name;

const statusOf = (key: string) => (key.includes('/pods/') ? { status: { phase: 'Running' } } : {});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386. */
function merged(below: unknown, above: unknown): unknown {
  if (!isObject(above)) return above;
  const result = isObject(below) ? { ...below } : {};
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

const fits = ({ metadata }: FakeObject, selector: string): boolean =>
  selector.split(',').every((term) => {
    const [label = '', value] = term.split('=');
    const has = metadata.labels?.[label];
    return value === undefined ? has !== undefined : has === value;
  });
