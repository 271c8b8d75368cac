import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApiClient } from './api-client.ts';

const program = fileURLToPath(new URL('../../../src/cli/sluice.mjs', import.meta.url));

/** How a process of Sluice is run. */
export interface RunAs {
  /** `start`: everything embedded. Default. */
  command?: 'start' | 'api' | 'worker';
  /** Shared by the processes of one installation; default: one of its own. */
  dataDirectory?: string;
}

/** Sluice as a user runs it: a process with a data directory, to be killed at will. */
export class SluiceUnderTest extends ApiClient {
  readonly dataDirectory: string;
  readonly #port: number;
  #settings: Record<string, string>;
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
    super(`http://127.0.0.1:${port}`, settings.SLUICE_TOKEN);
    this.#command = command;
    this.dataDirectory = dataDirectory;
    this.#port = port;
    this.#settings = settings;
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

  /** @param settings on top of those it has, from now on. */
  async start(settings: Record<string, string> = {}): Promise<void> {
    this.#settings = { ...this.#settings, ...settings };
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
