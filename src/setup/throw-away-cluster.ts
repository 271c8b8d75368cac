import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Refused } from '../core/errors/index.ts';
import { moduleOptions } from '../core/module-options.ts';
import { writeConfiguration } from './throw-away-configuration.ts';

/** A running cluster of one TaskManager, for set-up only; it lives as long as this process at most. */
export interface ThrowAwayCluster {
  /** Base URL of the JobManager's REST endpoint. */
  rest: string;
  /** Never resolves; rejects when a process ends before `stop` was called. */
  broken: Promise<never>;
  /** Ends both processes by SIGTERM and waits for them, since a class-data archive is written at a clean exit. */
  stop(): Promise<void>;
}

export interface ThrowAwayClusterOptions {
  java: string;
  jars: readonly string[];
  /** Empty folder for configuration, logs and state. */
  folder: string;
  /** More JVM flags, per role. */
  jvmFlags: { jm: readonly string[]; tm: readonly string[] };
}

/**
 * Flink 1.20 sends the jar of a job submitted by REST to its own blob server at `localhost`, whatever address that
 * server is bound to (`EmbeddedExecutor` asks a local gateway for its host name): a JobManager on another loopback
 * address refuses every job. So this one is at 127.0.0.1, with ports that were free a moment ago.
 */
const host = '127.0.0.1';

/** Starts JobManager and TaskManager together; does not wait for them (the TaskManager tries until it is answered). */
export async function startThrowAwayCluster(
  options: ThrowAwayClusterOptions,
): Promise<ThrowAwayCluster> {
  const [rpcPort, restPort] = [await freePort(), await freePort()];
  writeConfiguration(options.folder, host, {
    'jobmanager.rpc.port': String(rpcPort),
    'rest.port': String(restPort),
    'rest.bind-port': String(restPort),
  });
  const main = 'org.apache.flink.runtime';
  const leashes = [
    startJvm(options, 'jm', `${main}.entrypoint.StandaloneSessionClusterEntrypoint`),
    startJvm(options, 'tm', `${main}.taskexecutor.TaskManagerRunner`),
  ];
  const ends = leashes.map((leash) => once(leash, 'exit'));
  let stopping = false;
  const { promise: broken, reject } = Promise.withResolvers<never>();
  void Promise.race(ends).then(([code]) => {
    if (stopping) return;
    reject(new Refused('SETUP_INCOMPLETE', `a process of Flink ended with ${code}`));
  }, reject);
  return {
    rest: `http://${host}:${restPort}`,
    broken,
    stop: async () => {
      stopping = true;
      for (const leash of leashes) leash.stdin?.end();
      await Promise.all(ends);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new TypeError('a TCP server has no address');
}

/**
 * A shell that runs a command, and ends it when the shell's own input ends, hence also when this process is killed: no
 * JVM outlives us. It is given a minute to write its archive.
 */
const leash = `
  exec 3<&0
  "$@" </dev/null 3<&- & child=$!
  (cat <&3 >/dev/null; kill "$child"; i=0; while [ $i -lt 60 ]; do sleep 1; i=$((i+1)); done; kill -9 "$child") & watch=$!
  exec 3<&-
  wait "$child"; outcome=$?
  kill "$watch"
  exit $outcome`;

function startJvm(options: ThrowAwayClusterOptions, role: 'jm' | 'tm', main: string): ChildProcess {
  const flags = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Xmx128m',
    ...options.jvmFlags[role],
  ];
  const logging = `-Dlog4j.configurationFile=${join(options.folder, 'log4j2.properties')}`;
  const run = ['-cp', options.jars.join(':'), main, '--configDir', options.folder];
  const command = [options.java, ...flags, ...moduleOptions, logging, `-Dlog.name=${role}`, ...run];
  const output = openSync(join(options.folder, `${role}.out`), 'w');
  const child = spawn('sh', ['-c', leash, 'sh', ...command], {
    stdio: ['pipe', output, output],
    env: { ...process.env, FLINK_CONF_DIR: options.folder, MALLOC_ARENA_MAX: '2' },
  });
  closeSync(output);
  return child;
}
