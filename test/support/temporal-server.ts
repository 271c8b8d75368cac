import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { loadConfig } from '../../src/config.ts';
import { freePort } from '../../src/free-port.ts';
import { openConnection } from '../../src/temporal/connection.ts';
import { findTemporalCli } from '../../src/temporal/find-cli.ts';
import { searchAttributes } from '../../workflows/messages.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port` of the Temporal server of this test run; namespace `default`. */
    temporalAddress: string;
  }
}

const host = '127.0.0.1';
/** Between real servers (7233 on) and the ephemeral range (32768 on, ip(7)); runs start apart by their process id. */
const firstPort = 24_000;
const startTimeoutMs = 60_000;

/**
 * vitest's globalSetup: one Temporal dev server for the run, its data in memory. It ends with the run, also when the
 * runner is killed (`tie-to-parent.mjs`). Tests read its address by `inject('temporalAddress')`.
 * @throws {Refused} TEMPORAL_UNAVAILABLE when no CLI is there; the message says how to get one.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { address, stop } = await startTemporalServer();
  project.provide('temporalAddress', address);
  return stop;
}

/**
 * A Temporal dev server of one's own, its data in memory: for tests that need other limits, or end it.
 * @param limits further dynamic configuration, as `key=value`.
 */
export async function startTemporalServer(
  limits: string[] = [],
): Promise<{ address: string; stop(): Promise<void> }> {
  const { temporal, cacheDirectory, childEnvironment: environment } = loadConfig();
  const cli = await findTemporalCli({ ...temporal, cacheDirectory, environment, build: false });
  const { server, address } = await start(cli.path, environment, limits);
  return { address, stop: () => end(server) };
}

/** A port found free may be taken before the server binds it: then another. */
async function start(cli: string, environment: Record<string, string>, limits: string[]) {
  for (let from = firstPort + (process.pid % 4_000); ; from += 500) {
    const port = await freePort(host, from);
    const server = spawnServer(cli, port, environment, limits);
    const address = `${host}:${port}`;
    if (await becomesReady(server, address)) return { server, address };
    await end(server);
    if (from > firstPort + 6_000) throw new Error(`no Temporal server came up; last at ${address}`);
  }
}

function spawnServer(
  cli: string,
  port: number,
  env: Record<string, string>,
  limits: string[],
): ChildProcess {
  const tie = fileURLToPath(new URL('tie-to-parent.mjs', import.meta.url));
  return spawn(process.execPath, [tie, cli, ...commandLine(port, limits)], {
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

/** temporal.md 11; the time shift takes the second away by which timers fire late (trap 15). */
function commandLine(port: number, limits: string[]): string[] {
  const dynamicConfig = [
    'history.transferProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxPollRPS=1000',
    'history.visibilityProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxTimeShift="1ms"',
    ...limits,
  ];
  return [
    ...['server', 'start-dev', '--headless', '--log-level', 'error'],
    ...['--ip', host, '--port', String(port)],
    ...dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ];
}

/** @returns false when the server ended instead. */
async function becomesReady(server: ChildProcess, address: string): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs;
  const { connection } = openConnection({ address, namespace: 'default' });
  const answers = async (): Promise<boolean> => {
    const request = { namespace: 'default' };
    const reply = await connection.withDeadline(Date.now() + 2_000, () =>
      connection.operatorService.listSearchAttributes(request),
    );
    return Object.keys(searchAttributes).every((name) => name in reply.customAttributes);
  };
  try {
    while (server.exitCode === null && Date.now() < deadline) {
      if (await answers().catch(() => false)) return server.exitCode === null;
      await sleep(50);
    }
    return false;
  } finally {
    await connection.close();
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.stdin?.end();
  await ended;
}
