import { once } from 'node:events';
import { createServer } from 'node:net';

/** The first port from `from` on that can be bound on the host right now; another process may still be quicker. */
export async function freePort(host: string, from: number, taken: number[] = []): Promise<number> {
  for (let port = from; port < from + 500; port += 1) {
    if (!taken.includes(port) && (await isFree(host, port))) return port;
  }
  throw new Error(`no free port on ${host} from ${from} on`);
}

/**
 * Whether nobody listens on the port of a local address, which is only sure for this moment.
 * @throws {Error} when it could never be bound: no such address, or no right to.
 */
export async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  probe.listen({ host, port, exclusive: true });
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  const closed = once(probe, 'close');
  probe.close();
  await closed;
  return true;
}
