import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { kubeconfig } from './kube.ts';

const named = z.looseObject({ name: z.string() });
const file = z.looseObject({
  'current-context': z.string(),
  clusters: z.array(named.extend({ cluster: z.looseObject({ server: z.string() }) })),
  contexts: z.array(named.extend({ context: z.looseObject({}) })),
});

/** The same API server once more, by a way that can be cut: as good as another one, for whoever may not look behind it. */
export class FarServer {
  /** A kubeconfig with one context more, `far`, whose namespace is the given one. */
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #relay: Relay;

  private constructor(folder: string, path: string, relay: Relay) {
    this.#folder = folder;
    this.kubeconfig = path;
    this.#relay = relay;
  }

  static async open(namespace: string): Promise<FarServer> {
    const known = file.parse(parse(await readFile(kubeconfig(), 'utf8')));
    const near = known.contexts.find(({ name }) => name === known['current-context']);
    const [cluster] = known.clusters;
    if (!near || !cluster) throw new Error('the kubeconfig has no current context');
    const relay = await Relay.to(new URL(cluster.cluster.server));
    const server = `https://127.0.0.1:${relay.port}`;
    known.clusters.push({ name: 'far', cluster: { ...cluster.cluster, server } });
    known.contexts.push({ name: 'far', context: { ...near.context, cluster: 'far', namespace } });
    const folder = await mkdtemp(join(tmpdir(), 'sluice-far-'));
    const path = join(folder, 'config');
    await writeFile(path, stringify(known), { mode: 0o600 });
    return new FarServer(folder, path, relay);
  }

  /** Nobody gets through any more. @returns the way back. */
  async cut(): Promise<() => Promise<void>> {
    await this.#relay.close();
    return () => this.#relay.listen(this.#relay.port);
  }

  async close(): Promise<void> {
    await this.#relay.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

class Relay {
  port = 0;
  readonly #to: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(to: URL) {
    this.#to = to;
  }

  static async to(url: URL): Promise<Relay> {
    const relay = new Relay(url);
    await relay.listen(0);
    return relay;
  }

  async listen(port: number): Promise<void> {
    const server = createServer((incoming) => {
      const outgoing = connect(Number(this.#to.port || 443), this.#to.hostname);
      for (const socket of [incoming, outgoing]) {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        // Either end may go at any time, and takes the other with it.
        socket.on('error', () => undefined);
      }
      incoming.pipe(outgoing).pipe(incoming);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
