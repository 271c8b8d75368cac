import { Agent, buildConnector } from 'undici';
import type { Companion } from './companion.ts';
import { startKubectl } from './kubectl.ts';

/**
 * Reaches Services by their names, as pods do, through `kubectl port-forward`: unlike the API server's proxy it carries TLS
 * as it is, so that whoever is at the other end sees our certificate and we theirs.
 */
export class InsideAgent extends Agent {
  readonly #ways: Map<string, Companion>;

  /** @param tls what to show, and whom to trust. */
  constructor(tls: buildConnector.BuildOptions) {
    const ways = new Map<string, Companion>();
    const connect = buildConnector({ ...tls, allowH2: false });
    super({
      connect: (options, callback) => {
        const { hostname: name } = options;
        portTo(ways, name, options.port).then(
          (port) =>
            connect({ ...options, hostname: '127.0.0.1', port, servername: name }, callback),
          (error: Error) => callback(error, null),
        );
      },
    });
    this.#ways = ways;
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    await Promise.all([...this.#ways.values()].map((way) => way.end()));
  }
}

/** Of a way that is open already, or is opened now. */
async function portTo(ways: Map<string, Companion>, name: string, port: string): Promise<string> {
  const [service = '', namespace = ''] = name.split('.');
  const way =
    ways.get(name) ??
    startKubectl('-n', namespace, 'port-forward', `service/${service}`, `:${port}`);
  ways.set(name, way);
  try {
    const [, opened] = /127\.0\.0\.1:(\d+)/.exec(await way.firstWords) ?? [];
    return opened ?? '';
  } catch (error) {
    // Its pod may be there at the next call.
    ways.delete(name);
    throw error;
  }
}
