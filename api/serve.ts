import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { ApiEnv } from './env.ts';
import { answerUnreadable, unreadableReply } from './unreadable.ts';

/** A listening API. */
export interface RunningApi {
  /** `http://127.0.0.1:8080`, with the port that was really taken. */
  url: string;
  /** Lets running requests end, for at most `graceMs`, then closes what is left. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves the API on a socket. Whether it may listen there was judged before ({@link listenProblem}).
 * @throws {Error} when the address is taken or cannot be used (`code` EADDRINUSE and others).
 */
export function serve(app: Hono<ApiEnv>, at: { host: string; port: number }): Promise<RunningApi> {
  const onRequest = getRequestListener(app.fetch, {
    hostname: at.host,
    errorHandler: unreadableReply,
  });
  const server = createServer(onRequest);
  answerUnreadable(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      const host = at.host.includes(':') ? `[${at.host}]` : at.host;
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : at.port;
      resolve({
        url: `http://${host}:${port}`,
        close: (graceMs = 5_000) => close(server, graceMs),
      });
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
