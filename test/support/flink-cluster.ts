import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Agent, request } from 'undici';
import { moduleOptions } from '../../src/core/module-options.ts';
import type { FlinkRuntime } from '../../src/setup/runtimes.ts';

/** A real JobManager with one TaskManager, for one test file. It lives as long as this process at most. */
export interface FlinkCluster {
  restUrl: string;
  /** What `sluice.cluster-id` reads in its configuration. */
  clusterId: string;
  /** Its own folder: state is below `checkpoints/` and `savepoints/`, logs are `jm.log` and `tm.log`. Removed by {@link FlinkCluster.stop}. */
  folder: string;
  stop(): Promise<void>;
}

export interface FlinkClusterOptions {
  runtime: FlinkRuntime;
  java: string;
  clusterId: string;
  /** Added to, or in place of, what {@link configurationOf} says. */
  configuration?: Record<string, string>;
  /** Where it speaks TLS. */
  tls?: {
    /** An address of 127.77.0.0/16, which the certificate must name beforehand. */
    host: string;
    /** Arguments of both processes. */
    arguments: readonly string[];
    /** One that it lets in. */
    agent: Agent;
  };
}

/** Starts both processes and waits until the TaskManager has offered its slots. @throws after 60 s, with the log. */
export async function startFlinkCluster(options: FlinkClusterOptions): Promise<FlinkCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-flink-'));
  const host = options.tls?.host ?? nextAddress();
  writeConfiguration(
    folder,
    { ...configurationOf(folder, host), ...options.configuration },
    options.clusterId,
  );
  const main = 'org.apache.flink.runtime';
  const processes = [
    startJvm(options, folder, 'jm', `${main}.entrypoint.StandaloneSessionClusterEntrypoint`),
    startJvm(options, folder, 'tm', `${main}.taskexecutor.TaskManagerRunner`),
  ];
  const stop = async () => {
    await Promise.all(processes.map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  const restUrl = `${options.tls ? 'https' : 'http'}://${host}:${restPort}`;
  try {
    await untilReady(restUrl, folder, options.tls?.agent);
  } catch (error) {
    await stop();
    throw error;
  }
  return { restUrl, clusterId: options.clusterId, folder, stop };
}

const restPort = 18081;
let started = 0;

/** An address of its own out of 127.88.0.0/16, so that all clusters use the same ports and no port is searched for. */
function nextAddress(): string {
  const number = process.pid * 8 + started++;
  return `127.88.${(number >> 8) & 0xff}.${((number & 0xff) % 254) + 1}`;
}

/** Ends its child when its own input ends, hence also when this process is killed: no JVM outlives the test run. */
export const leash =
  '"$@" </dev/null & child=$!; cat >/dev/null; kill -9 "$child" 2>/dev/null; wait "$child"';

async function end(process: ChildProcess): Promise<void> {
  process.stdin?.end();
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
}

function startJvm(
  options: FlinkClusterOptions,
  folder: string,
  role: 'jm' | 'tm',
  main: string,
): ChildProcess {
  const { java, runtime } = options;
  const archive = role === 'jm' ? runtime.jmArchive : runtime.tmArchive;
  const flags = [
    ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx96m'],
    ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]),
    ...moduleOptions,
    `-Dlog4j.configurationFile=${join(folder, 'log4j2.properties')}`,
    `-Djdk.net.hosts.file=${join(folder, 'hosts')}`,
  ];
  const output = openSync(join(folder, `${role}.log`), 'w');
  const run = ['-cp', runtime.jars.join(':'), main, '--configDir', folder];
  run.push(...(options.tls?.arguments ?? []));
  const child = spawn('sh', ['-c', leash, 'sh', java, ...flags, ...run], {
    stdio: ['pipe', output, output],
    env: { ...process.env, FLINK_CONF_DIR: folder, MALLOC_ARENA_MAX: '2' },
  });
  closeSync(output);
  return child;
}

function writeConfiguration(
  folder: string,
  entries: Record<string, string>,
  clusterId: string,
): void {
  mkdirSync(join(folder, 'tmp'));
  const all = { ...entries, 'sluice.cluster-id': clusterId };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, 'config.yaml'), lines.join(''));
  writeFileSync(join(folder, 'log4j2.properties'), logging);
  // A JobManager of 1.20 looks for its own blob server at `localhost`, whatever address that is bound to. This file is
  // all the name service the JVMs have: right for a test, wrong for programs that look up other hosts.
  writeFileSync(join(folder, 'hosts'), `${entries['rest.address']} localhost ${hostname()}\n`);
}

const logging = `rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.type = Console
appender.console.name = Console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c - %m%n
`;

/** Four slots, retained checkpoints where a job takes any, no restarts, REST answers at most 50 ms old. */
function configurationOf(folder: string, host: string): Record<string, string> {
  const checkpoints = `file://${join(folder, 'checkpoints')}`;
  const hosts = [
    'jobmanager.rpc.address',
    'jobmanager.bind-host',
    'rest.address',
    'rest.bind-address',
  ];
  return {
    ...Object.fromEntries(
      [...hosts, 'taskmanager.host', 'taskmanager.bind-host'].map((key) => [key, host]),
    ),
    'jobmanager.rpc.port': '16123',
    'rest.port': String(restPort),
    'rest.bind-port': String(restPort),
    'taskmanager.rpc.port': '0',
    'taskmanager.numberOfTaskSlots': '4',
    // A TaskManager started without Flink's scripts wants every part of its memory to be explicit.
    'taskmanager.cpu.cores': '1',
    'taskmanager.memory.framework.heap.size': '64m',
    'taskmanager.memory.task.heap.size': '32m',
    'taskmanager.memory.framework.off-heap.size': '64m',
    'taskmanager.memory.task.off-heap.size': '0m',
    'taskmanager.memory.managed.size': '0m',
    'taskmanager.memory.network.min': '16m',
    'taskmanager.memory.network.max': '16m',
    'taskmanager.memory.jvm-metaspace.size': '128m',
    'taskmanager.memory.jvm-overhead.min': '64m',
    'taskmanager.memory.jvm-overhead.max': '64m',
    'io.tmp.dirs': join(folder, 'tmp'),
    'web.tmpdir': join(folder, 'tmp'),
    'web.refresh-interval': '50',
    'metrics.fetcher.update-interval': '100',
    'cluster.registration.initial-timeout': '50 ms',
    // Spelled for 1.20 and for 2.x; each ignores the other's.
    'state.checkpoints.dir': checkpoints,
    'execution.checkpointing.dir': checkpoints,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'restart-strategy.type': 'none',
  };
}

async function untilReady(restUrl: string, folder: string, agent?: Agent): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ((await slotsAt(restUrl, agent)) === 0) {
    if (performance.now() > deadline) throw new Error(`Flink is not up:\n${logTail(folder)}`);
    await pause(100);
  }
}

async function slotsAt(restUrl: string, dispatcher?: Agent): Promise<number> {
  try {
    const signal = AbortSignal.timeout(2_000);
    const ask = { signal, ...(dispatcher && { dispatcher }) };
    const reply = await request(`${restUrl}/overview`, ask);
    const body: unknown = await reply.body.json();
    const slots =
      typeof body === 'object' && body && 'slots-available' in body ? body['slots-available'] : 0;
    return typeof slots === 'number' ? slots : 0;
  } catch {
    return 0; // Not up yet; the caller's deadline decides when that is too long.
  }
}

const logTail = (folder: string): string =>
  ['jm', 'tm']
    .map((role) => readFileSync(join(folder, `${role}.log`), 'utf8').slice(-2_000))
    .join('\n---\n');
