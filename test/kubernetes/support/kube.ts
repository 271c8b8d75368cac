import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createApi, type KubernetesApi } from '../../../src/targets/kubernetes/api.ts';
import { type Connection, openConnection } from '../../../src/targets/kubernetes/connection.ts';
import {
  createKubernetesTargets,
  type KubernetesTargets,
} from '../../../src/targets/kubernetes/kubernetes-target.ts';
import { collectionsOf } from '../../../src/targets/kubernetes/names.ts';
import {
  type AnyObject,
  type Pod,
  readReply,
  replies,
} from '../../../src/targets/kubernetes/replies.ts';
import { until } from '../../e2e/support/until.ts';

const namespaces = '/api/v1/namespaces';
const configMaps = z.object({ items: z.array(replies.configMap) });

/** A person with all rights in a namespace of its own, made for one test file. */
export class Kube {
  readonly connection: Connection;
  readonly api: KubernetesApi;
  readonly namespace: string;

  private constructor(connection: Connection, namespace: string) {
    this.connection = connection;
    this.api = createApi(connection, 15_000);
    this.namespace = namespace;
  }

  /** @param prefix of the namespace's name; the rest is its own. */
  static async open(prefix: string): Promise<Kube> {
    const name = `${prefix}-${randomUUID().slice(0, 8)}`;
    const connection = await openConnection({
      kubeconfig: kubeconfig(),
      callTimeoutMs: 15_000,
      maxReplyBytes: 16 * 1024 * 1024,
    });
    const kube = new Kube(connection, name);
    await kube.makeNamespace();
    return kube;
  }

  async makeNamespace(): Promise<void> {
    const metadata = { name: this.namespace };
    await this.api.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata }, soon());
    // A pod is refused until its namespace has the account it runs as.
    await until(
      `namespace ${this.namespace} has its service account`,
      () => this.api.get(`${namespaces}/${this.namespace}/serviceaccounts`, 'default', soon()),
      (account) => account !== undefined,
    );
  }

  /** With all that is in it; waits until it is gone. @throws with what holds it, when it does not go. */
  async removeNamespace(): Promise<void> {
    const { name, uid } = await this.find(namespaces, this.namespace);
    await this.api.remove(namespaces, { name, uid }, soon());
    await until(
      `namespace ${name} is gone`,
      () => this.#holds(name),
      (found) => found === undefined,
      { withinMs: 90_000 }, // what waits for us is given 120 s
    );
  }

  /** What Kubernetes says of a namespace that it cannot remove yet; undefined: it is gone. */
  async #holds(name: string): Promise<string[] | undefined> {
    const found = await this.api.get(namespaces, name, soon());
    if (found === undefined) return undefined;
    const { conditions } = readReply(namespace, found).status;
    return conditions.filter(({ status }) => status === 'True').map(({ message }) => message);
  }

  /** The uid of our namespace. */
  async namespaceUid(): Promise<string> {
    return (await this.find(namespaces, this.namespace)).uid;
  }

  /** Says that our namespace stands for another, which is gone for good. */
  async vouchFor(uid: string): Promise<void> {
    const metadata = { annotations: { 'sluice.dev/replaces': uid } };
    await this.api.merge(namespaces, this.namespace, { metadata }, soon());
  }

  /** Whether the first node is ready, by the word of the API server. */
  async nodeIsReady(): Promise<boolean> {
    const { items } = readReply(nodes, await this.api.list('/api/v1/nodes', '', soon()));
    return (
      items[0]?.status.conditions.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      ) ?? false
    );
  }

  /** A Sluice's own view of this API server, with our rights. */
  targets({
    server = this.connection.server,
    callTimeoutMs = 15_000,
    isInside = false,
  } = {}): KubernetesTargets {
    // It is closed with us.
    const close = async () => undefined;
    const connect = async () => ({ ...this.connection, server, isInside, close });
    return createKubernetesTargets({ connect, callTimeoutMs, now: Date.now });
  }

  /** Paths of the kinds a target works with. */
  get collections() {
    return collectionsOf(this.namespace);
  }

  /** @param path below the namespace's own, such as `resourcequotas`. */
  async make(path: string, object: object): Promise<void> {
    await this.api.create(`${namespaces}/${this.namespace}/${path}`, object, soon());
  }

  /** One object's metadata. @throws when it is not there. */
  async find(collection: string, name: string): Promise<AnyObject['metadata']> {
    return readReply(replies.object, await this.api.get(collection, name, soon())).metadata;
  }

  /** Waits until a ResourceQuota is counted; before that it admits all. */
  async quotaCounts(name: string): Promise<void> {
    const path = `${namespaces}/${this.namespace}/resourcequotas`;
    await until(
      `quota ${name} counts`,
      async () => JSON.stringify(await this.api.get(path, name, soon())),
      (quota) => quota.includes('"used"'),
    );
  }

  /** As {@link make}, the other way. */
  async unmake(path: string, name: string): Promise<void> {
    const collection = `${namespaces}/${this.namespace}/${path}`;
    await this.api.remove(collection, await this.find(collection, name), soon());
  }

  /** CPU of the first node, in cores. */
  async allocatableCpu(): Promise<number> {
    const { items } = readReply(nodes, await this.api.list('/api/v1/nodes', '', soon()));
    const cpu = items[0]?.status.allocatable.cpu ?? '';
    return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1_000 : Number(cpu);
  }

  async pods(selector = ''): Promise<Pod[]> {
    return readReply(replies.pods, await this.api.list(this.collections.pods, selector, soon()))
      .items;
  }

  /** As `kubectl delete pod`, with the pod's own grace. */
  async deletePod({ metadata: { name, uid } }: Pod): Promise<void> {
    await this.api.remove(this.collections.pods, { name, uid }, soon());
  }

  /** Names of what Sluice made here and is still there. */
  async left(): Promise<string[]> {
    const lists = await Promise.all(
      Object.values(this.collections).map((path) =>
        this.api.list(path, 'sluice.dev/cluster', soon()),
      ),
    );
    return lists.flatMap((list) =>
      readReply(replies.objects, list).items.map(({ metadata }) => metadata.name),
    );
  }

  /** How often the API server was asked for lists of pods of a namespace since it began, by whomever. */
  async podLists(): Promise<number> {
    const { agent, headers, server } = this.connection;
    const request = { origin: server.origin, path: '/metrics', method: 'GET' } as const;
    const { body } = await agent.request({ ...request, headers: await headers() });
    const lists = (await body.text())
      .split('\n')
      .filter((line) => line.startsWith('apiserver_request_total{'))
      .filter((line) =>
        ['verb="LIST"', 'resource="pods"', 'scope="namespace"'].every((one) => line.includes(one)),
      );
    return lists.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Ids of clusters that are remembered as destroyed. */
  async tombstones(): Promise<string[]> {
    const selector = 'app.kubernetes.io/managed-by=sluice,!sluice.dev/cluster';
    const list = await this.api.list(this.collections.configMaps, selector, soon());
    return readReply(configMaps, list).items.flatMap(({ data }) => Object.keys(data));
  }

  /** Removes the namespace, where there is one, as {@link removeNamespace}. */
  async close(): Promise<void> {
    try {
      const found = await this.api.get(namespaces, this.namespace, soon());
      if (found !== undefined) await this.removeNamespace();
    } finally {
      await this.connection.close();
    }
  }
}

const namespace = z.object({
  status: z.object({
    conditions: z.array(z.object({ status: z.string(), message: z.string() })).default([]),
  }),
});

const nodes = z.object({
  items: z.array(
    z.object({
      status: z.object({
        allocatable: z.object({ cpu: z.string() }),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })),
      }),
    }),
  ),
});

/** Of the cluster that `npm run test:kubernetes` started, or of one that was given. */
export function kubeconfig(): string {
  const path = process.env.KUBECONFIG;
  if (!path) throw new Error('no KUBECONFIG: run npm run test:kubernetes');
  return path;
}

export const soon = (): AbortSignal => AbortSignal.timeout(30_000);
