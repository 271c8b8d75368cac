import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Unreachable } from '../core/errors/index.ts';
import type { RunningServer, ServerPlace } from './dev-server-process.ts';
import { endServer, findRunning, host, spawnServer, untilReady } from './dev-server-process.ts';
import { isAlive } from './process-identity.ts';

export interface DevServerOptions {
  /** The `temporal` command. */
  cli: string;
  /** Holds the server's database, its record and its log. One server per folder. */
  directory: string;
  /** Made in the server if need be. Default `default`, which every server has. */
  namespace?: string;
  /** Fixed ports; else those of the last time, else 7233 and 8233 or the next free ones. */
  port?: number | undefined;
  uiPort?: number | undefined;
  /** For the server process. */
  environment: Record<string, string>;
  log: Logger;
  /** Further `--dynamic-config-value`s. */
  dynamicConfig?: string[];
  /** How long a start may take, ms. Default 60 s: a new database takes 4 s on an idle machine. */
  startTimeoutMs?: number;
}

export interface DevServer {
  /** `host:port` of the service. */
  address: string;
  uiUrl: string;
  /** The server was running before and was taken over. */
  adopted: boolean;
  /** Process id of the server as it is now. */
  pid(): number;
  /** Ends the supervision and the server; its data stays. */
  stop(): Promise<void>;
}

/** Backs off between restarts: doubling, afresh after a minute of life. */
const restart = { firstMs: 250, maxMs: 30_000, freshAfterMs: 60_000, lookMs: 250 };

/**
 * Starts the embedded Temporal server, or takes over the one that a killed Sluice left, and keeps it running: one that
 * dies is started again at the same address (design.md 4).
 * @throws {Unreachable} TEMPORAL_UNAVAILABLE when it does not come up.
 * @throws {Refused} TEMPORAL_UNAVAILABLE when it cannot: a fixed port is taken, the command is missing.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const place: ServerPlace = {
    cli: options.cli,
    directory: await realpath(options.directory),
    namespace: options.namespace ?? 'default',
    port: options.port,
    uiPort: options.uiPort,
    environment: options.environment,
    dynamicConfig: options.dynamicConfig ?? [],
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
  };
  const supervision = new AbortController();
  const found = await adopt(place, supervision.signal);
  let running = found ?? (await launch(place, supervision.signal));
  const address = `${host}:${running.port}`;
  const fields = { address, pid: running.process.pid, adopted: found !== undefined };
  options.log.info(fields, 'embedded temporal server is ready');

  const supervised = supervise(place, options.log, supervision.signal, {
    get: () => running,
    set: (next) => {
      running = next;
    },
  });
  return {
    address,
    uiUrl: `http://${host}:${running.uiPort}`,
    adopted: found !== undefined,
    pid: () => running.process.pid,
    stop: async () => {
      supervision.abort();
      await supervised;
      await endServer(running.process);
    },
  };
}

async function adopt(place: ServerPlace, stop: AbortSignal): Promise<RunningServer | undefined> {
  const found = await findRunning(place);
  if (!found) return undefined;
  try {
    await untilReady(place, found, stop);
    return found;
  } catch (error) {
    // It died just now, so a new one may be started. One that lives and is silent still holds the database.
    if (await isAlive(found.process)) throw error;
    return undefined;
  }
}

/** Another Sluice that starts at this moment may take the port that was just found free: then the next one. */
async function launch(place: ServerPlace, stop: AbortSignal): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const running = await spawnServer(place);
    try {
      await untilReady(place, running, stop);
      return running;
    } catch (error) {
      const lives = await isAlive(running.process);
      if (lives) await endServer(running.process);
      if (lives || attempt === 4) throw error;
    }
  }
}

interface Cell<T> {
  get(): T;
  set(next: T): void;
}

async function supervise(
  place: ServerPlace,
  log: Logger,
  stop: AbortSignal,
  running: Cell<RunningServer>,
): Promise<void> {
  let backoffMs = restart.firstMs;
  let bornAt = Date.now();
  while (await pause(restart.lookMs, stop)) {
    if (await isAlive(running.get().process)) continue;
    if (Date.now() - bornAt > restart.freshAfterMs) backoffMs = restart.firstMs;
    log.warn({ pid: running.get().process.pid, backoffMs }, 'embedded temporal server died');
    if (!(await pause(backoffMs, stop))) return;
    backoffMs = Math.min(backoffMs * 2, restart.maxMs);
    bornAt = Date.now();
    await revive(place, log, stop, running);
  }
}

/** At the same ports, as clients are connected there. A failure is met by the next look. */
async function revive(
  place: ServerPlace,
  log: Logger,
  stop: AbortSignal,
  running: Cell<RunningServer>,
): Promise<void> {
  try {
    running.set(await spawnServer(place, running.get()));
    await untilReady(place, running.get(), stop);
    log.info({ pid: running.get().process.pid }, 'embedded temporal server is ready again');
  } catch (error) {
    if (stop.aborted) return;
    const reason = error instanceof Unreachable ? error.message : error;
    log.error({ error: reason }, 'embedded temporal server could not be started again');
  }
}

/** @returns false when it was cut short. */
const pause = (ms: number, stop: AbortSignal): Promise<boolean> =>
  sleep(ms, true, { signal: stop, ref: false }).catch(() => false);
