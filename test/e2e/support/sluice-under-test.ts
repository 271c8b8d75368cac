import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../src/cli/sluice.mjs', import.meta.url));

/** A reply of the API; `body` as it came, for tests to pick from. */
export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any field of any reply.
  body: any;
}

/** How a process of Sluice is run. */
export interface RunAs {
  /** `start`: everything embedded. Default. */
  command?: 'start' | 'api' | 'worker';
  /** Shared by the processes of one installation; default: one of its own. */
  dataDirectory?: string;
}

/** Sluice as a user runs it: a process with a data directory, to be killed at will. */
export class SluiceUnderTest {
  readonly dataDirectory: string;
  readonly url: string;
  readonly #port: number;
  readonly #settings: Record<string, string>;
  readonly #command: 'start' | 'api' | 'worker';
  #process?: ChildProcess;
  #log = '';
  #saidReady = false;

  private constructor(
    dataDirectory: string,
    port: number,
    settings: Record<string, string>,
    command: 'start' | 'api' | 'worker',
  ) {
    this.#command = command;
    this.dataDirectory = dataDirectory;
    this.#port = port;
    this.#settings = settings;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param settings environment variables on top of the defaults. */
  static async create(
    settings: Record<string, string> = {},
    { command = 'start', dataDirectory }: RunAs = {},
  ): Promise<SluiceUnderTest> {
    const directory = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'sluice-e2e-')));
    return new SluiceUnderTest(directory, await anyPort(), settings, command);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What it printed, for the case that something fails. */
  get log(): string {
    return this.#log;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [program, this.#command], {
      env: {
        ...process.env,
        ...this.#settings,
        SLUICE_LISTEN: `127.0.0.1:${this.#port}`,
        SLUICE_DATA_DIR: this.dataDirectory,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#saidReady = false;
    const keep = (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-200_000);
      this.#saidReady ||= chunk.includes('The worker takes tasks');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await this.#untilReady(child);
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`Sluice ended while it started:\n${this.#log.slice(-4_000)}`);
      if (await this.#isReady()) return;
      if (Date.now() > deadline)
        throw new Error(`Sluice is not ready after 2 minutes:\n${this.#log.slice(-4_000)}`);
      await sleep(100);
    }
  }

  /** A worker has no port: it says so on standard output. */
  async #isReady(): Promise<boolean> {
    if (this.#command === 'worker') return this.#saidReady;
    const reply = await fetch(`${this.url}/readyz`).catch(() => undefined);
    return reply?.ok ?? false;
  }

  /** SIGKILL, and waits until the process is gone. Temporal's dev server and the clusters run on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /**
   * As Ctrl-C, or as a service manager. One that does not end within a minute is killed.
   * @returns its exit code; `null` if it was killed.
   */
  async stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<number | null> {
    return await this.#end(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (!child) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
      await ended;
      clearTimeout(patience);
    }
    return child.exitCode;
  }

  /** Process id of the embedded Temporal server. */
  async temporalPid(): Promise<number> {
    return (await this.#temporal()).process.pid;
  }

  /** `host:port` of the embedded Temporal server. */
  async temporalAddress(): Promise<string> {
    return `127.0.0.1:${(await this.#temporal()).port}`;
  }

  async #temporal(): Promise<{ port: number; process: { pid: number } }> {
    return JSON.parse(await readFile(join(this.dataDirectory, 'temporal', 'server.json'), 'utf8'));
  }

  /** One API call; a transport error is thrown. */
  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    const reply = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...this.#authorization() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** A call under `/api/v1/namespaces/default` that must succeed; 503 is asked again, as the API tells clients to. */
  async ok(method: string, path: string, body?: unknown): Promise<Reply['body']> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const reply = await this.call(method, `/api/v1/namespaces/default${path}`, body);
      if (reply.status >= 200 && reply.status < 300) return reply.body;
      if (reply.status !== 503 || Date.now() > deadline)
        throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
      await sleep(500);
    }
  }

  /** Uploads a file as an artifact. @returns its URI, for `jarUri`. */
  async upload(path: string): Promise<string> {
    const form = new FormData();
    form.append('file', await openAsBlob(path), basename(path));
    const url = `${this.url}/artifacts/v1/namespaces/default/artifacts:upload`;
    const headers = this.#authorization();
    const reply = await fetch(url, { method: 'POST', body: form, headers });
    if (!reply.ok) throw new Error(`upload: ${reply.status} ${await reply.text()}`);
    const { artifact }: { artifact: { uri: string } } = JSON.parse(await reply.text());
    return artifact.uri;
  }

  #authorization(): Record<string, string> {
    const token = this.#settings.SLUICE_TOKEN;
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }

  async removeData(): Promise<void> {
    await rm(this.dataDirectory, { recursive: true, force: true });
  }
}

async function anyPort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
