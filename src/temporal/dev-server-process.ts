import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { searchAttributes } from '../../workflows/messages.ts';
import { Refused, Unreachable } from '../core/errors/index.ts';
import { freePort, isFree } from '../free-port.ts';
import { openConnection } from './connection.ts';
import type { ProcessIdentity } from './process-identity.ts';
import {
  argumentsOf,
  findProcesses,
  identify,
  isAlive,
  listensOn,
  processIdentitySchema,
  signal,
} from './process-identity.ts';

/** The embedded server listens here only. */
export const host = '127.0.0.1';

/** What it takes to run one server process. */
export interface ServerPlace {
  cli: string;
  /** Absolute; names the server: its database path stands in the process's arguments. */
  directory: string;
  namespace: string;
  port: number | undefined;
  uiPort: number | undefined;
  environment: Record<string, string>;
  dynamicConfig: string[];
  startTimeoutMs: number;
}

const portsSchema = z.object({ port: z.int().positive(), uiPort: z.int().positive() });
const recordSchema = portsSchema.extend({ process: processIdentitySchema });
/** A server process with its ports, as kept in `server.json`. */
export type RunningServer = z.infer<typeof recordSchema>;
type Ports = z.infer<typeof portsSchema>;

const database = (place: ServerPlace): string => join(place.directory, 'temporal.db');
const recordFile = (place: ServerPlace): string => join(place.directory, 'server.json');
const logFile = (place: ServerPlace): string => join(place.directory, 'server.log');
const maxLogBytes = 10 * 1024 * 1024;

/** The live server of this folder: by its record, else by its arguments (it was started but never recorded). */
export async function findRunning(place: ServerPlace): Promise<RunningServer | undefined> {
  const recorded = await readRecord(place);
  if (recorded && (await isAlive(recorded.process))) return recorded;
  const [stray] = await findProcesses((argv) => argv.includes(database(place)));
  if (!stray) return undefined;
  const argv = await argumentsOf(stray.pid);
  const ports = portsSchema.safeParse({
    port: Number(argv[argv.indexOf('--port') + 1]),
    uiPort: Number(argv[argv.indexOf('--ui-port') + 1]),
  });
  if (!ports.success) return undefined;
  return await record(place, { ...ports.data, process: stray });
}

async function readRecord(place: ServerPlace): Promise<RunningServer | undefined> {
  const text = await readFile(recordFile(place), 'utf8').catch(() => '');
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // absent or torn: the process list is asked instead
  }
}

async function record(place: ServerPlace, running: RunningServer): Promise<RunningServer> {
  const draft = `${recordFile(place)}.new`;
  await writeFile(draft, JSON.stringify(running));
  await rename(draft, recordFile(place));
  return running;
}

/**
 * Starts a server process in a session of its own, so that it outlives this one.
 * @param fixed ports to use whatever happens: clients are connected there.
 */
export async function spawnServer(place: ServerPlace, fixed?: Ports): Promise<RunningServer> {
  const ports = fixed ?? (await choosePorts(place));
  const log = await openLog(place);
  const child = spawn(place.cli, commandLine(place, ports), {
    cwd: place.directory,
    detached: true,
    env: place.environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const pid = await spawned(child);
  child.unref();
  const process = await identify(pid);
  if (!process) throw await died(place);
  return await record(place, { ...ports, process });
}

async function spawned(child: ChildProcess): Promise<number> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    const message = `the Temporal CLI ${child.spawnfile} cannot be started; check TEMPORAL_CLI_PATH`;
    throw new Refused('TEMPORAL_UNAVAILABLE', message, { cause });
  }
  return child.pid ?? 0;
}

/** Appends; one that has grown large begins anew, with the old one kept beside it. */
async function openLog(place: ServerPlace): Promise<number> {
  const size = await stat(logFile(place)).then(
    (file) => file.size,
    () => 0,
  );
  if (size > maxLogBytes) await rename(logFile(place), `${logFile(place)}.1`);
  return openSync(logFile(place), 'a', 0o600);
}

async function choosePorts(place: ServerPlace): Promise<Ports> {
  const last = await readRecord(place);
  const port = await choosePort(place.port, 'SLUICE_TEMPORAL_PORT', last?.port, 7233, []);
  const uiPort = await choosePort(place.uiPort, 'SLUICE_TEMPORAL_UI_PORT', last?.uiPort, 8233, [
    port,
  ]);
  return { port, uiPort };
}

async function choosePort(
  wanted: number | undefined,
  setting: string,
  last: number | undefined,
  from: number,
  taken: number[],
): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(host, wanted)) return wanted;
    const message = `port ${wanted} on ${host} is in use; free it or change ${setting}`;
    throw new Refused('TEMPORAL_UNAVAILABLE', message);
  }
  if (last !== undefined && (await isFree(host, last))) return last;
  return await freePort(host, from, taken);
}

/** temporal.md 11: each value is measured there. */
function commandLine(place: ServerPlace, ports: Ports): string[] {
  const dynamicConfig = [
    'history.transferProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxPollRPS=1000',
    'history.visibilityProcessorMaxPollRPS=1000',
    ...place.dynamicConfig,
  ];
  return [
    ...['server', 'start-dev', '--ip', host, '--log-level', 'warn'],
    ...['--port', String(ports.port), '--ui-port', String(ports.uiPort)],
    ...['--namespace', place.namespace, '--db-filename', database(place)],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ];
}

/**
 * Waits until the server answers, itself: another one's answer on its port does not count.
 * @throws {Unreachable} TEMPORAL_UNAVAILABLE when it died or stays silent.
 */
export async function untilReady(
  place: ServerPlace,
  running: RunningServer,
  stop: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + place.startTimeoutMs;
  const address = `${host}:${running.port}`;
  const { connection } = openConnection({ address, namespace: place.namespace });
  try {
    while (Date.now() < deadline) {
      if (!(await isAlive(running.process))) throw await died(place);
      if (await listensOn(running.process.pid, running.port)) {
        const answer = connection.withDeadline(Date.now() + 2_000, () =>
          connection.workflowService.describeNamespace({ namespace: place.namespace }),
        );
        if (
          await answer.then(
            () => true,
            () => false,
          )
        )
          return;
      }
      await sleep(50, undefined, { signal: stop });
    }
  } finally {
    await connection.close();
  }
  const message = `the embedded Temporal server (pid ${running.process.pid}) does not answer at ${address}`;
  throw new Unreachable('TEMPORAL_UNAVAILABLE', `${message}; see ${logFile(place)}`);
}

async function died(place: ServerPlace): Promise<Unreachable> {
  const log = await readFile(logFile(place), 'utf8').catch(() => '');
  const tail = log.trimEnd().split('\n').slice(-3).join(' | ').slice(-600);
  const message = `the embedded Temporal server ended: ${tail}; see ${logFile(place)}`;
  return new Unreachable('TEMPORAL_UNAVAILABLE', message);
}

/** Ends the process in its own order, or after 15 s without one; its database survives both (temporal.md 11). */
export async function endServer(process: ProcessIdentity): Promise<void> {
  await signal(process, 'SIGTERM');
  const deadline = Date.now() + 15_000;
  while (await isAlive(process)) {
    if (Date.now() > deadline) await signal(process, 'SIGKILL');
    await sleep(50);
  }
}
