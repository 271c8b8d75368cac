import { once } from 'node:events';
import { createServer } from 'node:net';
import { errorCode } from './files.ts';

/** Whether nobody listens on the port of a local address, which is only sure for this moment. */
export async function portIsFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return false;
    throw error;
  }
  const closed = once(server, 'close');
  server.close();
  await closed;
  return true;
}
