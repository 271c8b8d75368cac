import { createServer } from 'node:net';

/** The first port from `from` on that can be bound on the host right now; another process may still be quicker. */
export async function freePort(host: string, from: number, taken: number[] = []): Promise<number> {
  for (let port = from; port < from + 500; port += 1) {
    if (!taken.includes(port) && (await isFree(host, port))) return port;
  }
  throw new Error(`no free port on ${host} from ${from} on`);
}

/** Whether the port can be bound on the host right now. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
