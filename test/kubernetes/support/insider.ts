import { Agent, buildConnector } from 'undici';
import type { Companion } from './companion.ts';
import { startKubectl } from './kubectl.ts';

/** Reaches Services by their names, as pods do. */
export interface Insider {
  agent: Agent;
  close(): Promise<void>;
}

/**
 * Its way is `kubectl port-forward`: unlike the API server's proxy it carries TLS as it is, so that whoever is at the other
 * end sees our certificate and we theirs.
 * @param tls what to show, and whom to trust.
 */
export function openInsider(tls: buildConnector.BuildOptions): Insider {
  const ways = new Map<string, Companion>();
  const connect = buildConnector({ ...tls, allowH2: false });
  const agent = new Agent({
    connect: (options, callback) => {
      const { hostname: name } = options;
      portTo(ways, name, options.port).then(
        (port) => connect({ ...options, hostname: '127.0.0.1', port, servername: name }, callback),
        (error: Error) => callback(error, null),
      );
    },
  });
  return {
    agent,
    close: async () => {
      await agent.destroy();
      await Promise.all([...ways.values()].map((way) => way.end()));
    },
  };
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
