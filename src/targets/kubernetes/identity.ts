import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';
import type { HolderHere } from '../target.ts';
import { KubernetesRefusal, unseen } from './answers.ts';
import type { KubernetesApi } from './api.ts';
import { readReply } from './replies.ts';

const namespaces = '/api/v1/namespaces';

/** On a namespace: uids of namespaces, now gone for good, that it stands for; comma-separated. */
const replacesAnnotation = 'sluice.dev/replaces';

const namespaceReply = z.object({
  metadata: z.object({
    uid: z.string().min(1),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
type Namespace = z.infer<typeof namespaceReply>['metadata'];

/**
 * Which namespace of which API server this is: its uid, which no other ever has, neither one by its name on another API
 * server nor one that is made after it. Nothing there of a cluster is evidence only where the cluster was made (S25).
 */
export class NamespaceIdentity {
  readonly #api: KubernetesApi;
  readonly #name: string;
  readonly #server: URL;
  /** As it was read last, by whomever. */
  #uid: string | undefined;
  /** What a person said that it stands for, as read. */
  readonly #vouched = new Set<string>();

  constructor(api: KubernetesApi, server: URL, name: string) {
    this.#api = api;
    this.#server = server;
    this.#name = name;
  }

  /**
   * As it was read last, which costs nothing, or now. `undefined`: the API server never told us any, and refuses all else
   * likewise. @throws {Unreachable} it did before, and does not now: rights are given back, and then it goes on.
   */
  async holder(signal: AbortSignal, afresh: boolean): Promise<HolderHere | undefined> {
    const known = afresh ? undefined : this.#uid;
    const uid = known ?? (await this.#readUid(signal));
    if (uid === undefined) return undefined;
    return {
      id: uid,
      place: `namespace ${this.#name} of ${this.#server.origin}`,
      standsFor: (id, until) => this.#standsFor(id, until),
      vouchBy: (id) =>
        `if that namespace and all that ran in it are gone for good, say so by: ` +
        `kubectl annotate namespace ${this.#name} --overwrite ${replacesAnnotation}=${id}`,
    };
  }

  /**
   * Reads it again, for what must not be done or concluded elsewhere.
   * @param told what {@link holder} told to whoever asks now, and not what anybody else was told since.
   * @throws {Unreachable} it is another one. @throws {KubernetesRefusal} it is gone, or we may not look.
   */
  async confirm(told: string | undefined, signal: AbortSignal): Promise<void> {
    const { uid } = await this.#read(signal);
    if (uid !== this.#uid) this.#forget();
    if (uid === told) return;
    const before = told === undefined ? 'could not be told before' : `was ${told} before`;
    const message = `the uid of namespace ${this.#name} at ${this.#server.host} is ${uid}, and ${before}`;
    throw new Unreachable('TARGET_UNREACHABLE', message);
  }

  async #readUid(signal: AbortSignal): Promise<string | undefined> {
    try {
      const { uid } = await this.#read(signal);
      if (uid !== this.#uid) this.#forget();
      this.#uid = uid;
      return uid;
    } catch (error) {
      if (!(error instanceof KubernetesRefusal)) throw error;
      if (this.#uid === undefined) return undefined;
      throw unseen(error);
    }
  }

  #forget(): void {
    this.#uid = undefined;
    this.#vouched.clear();
  }

  async #standsFor(id: string, signal: AbortSignal): Promise<boolean> {
    if (this.#vouched.has(id)) return true;
    const { annotations } = await this.#read(signal).catch((error: unknown) => {
      throw error instanceof KubernetesRefusal ? unseen(error) : error;
    });
    const replaced = annotations[replacesAnnotation]?.split(',') ?? [];
    const stands = replaced.some((uid) => uid.trim() === id);
    if (stands) this.#vouched.add(id);
    return stands;
  }

  async #read(signal: AbortSignal): Promise<Namespace> {
    const found = await this.#api.get(namespaces, this.#name, signal);
    if (found !== undefined) return readReply(namespaceReply, found).metadata;
    throw new KubernetesRefusal(404, 'NotFound', `namespaces "${this.#name}" not found`, true);
  }
}
