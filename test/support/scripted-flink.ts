import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What a call gets: a status with a body (a string as it is, anything else as JSON), or a way to answer by hand. */
export type Script =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | ((response: ServerResponse, request: IncomingMessage) => void);

/** A call that came in. */
export interface SeenCall {
  /** Method and path, such as `POST /jobs/1/stop`. */
  line: string;
  body: string;
}

/**
 * A server on loopback that answers as it is told, for what a real JobManager cannot be made to say on demand. It
 * says `sluice.cluster-id` like a JobManager of `clusterId`; everything else is scripted, and 404 until then.
 */
export class ScriptedFlink {
  readonly calls: SeenCall[] = [];
  readonly #scripts = new Map<string, Script>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(clusterId: string) {
    const body = [{ key: 'sluice.cluster-id', value: clusterId }];
    this.answer('GET /jobmanager/config', { status: 200, body });
    this.#server = createServer((request, response) => {
      // A caller that gave up in the middle of its body ends the call, nothing else.
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(clusterId: string, port = 0): Promise<ScriptedFlink> {
    const flink = new ScriptedFlink(clusterId);
    flink.#server.listen(port, '127.0.0.1');
    await once(flink.#server, 'listening');
    return flink;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('It does not listen.');
    return address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  answer(line: string, script: Script): void {
    this.#scripts.set(line, script);
  }

  /** Bodies of the calls of a line, in order. */
  bodies(line: string): string[] {
    return this.calls.filter((call) => call.line === line).map((call) => call.body);
  }

  /** How many calls of a line came in. */
  count(line: string): number {
    return this.bodies(line).length;
  }

  /** Ends it as a killed process ends: connections are cut. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.dropConnections();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const line = `${request.method} ${request.url}`;
    this.calls.push({ line, body: Buffer.concat(chunks).toString('utf8') });
    const script = this.#scripts.get(line) ?? unscripted;
    if (typeof script === 'function') return script(response, request);
    response.writeHead(script.status, { 'content-type': 'application/json', ...script.headers });
    response.end(typeof script.body === 'string' ? script.body : JSON.stringify(script.body));
  }
}

const unscripted: Script = { status: 404, body: { errors: ['Unable to load requested file.'] } };
