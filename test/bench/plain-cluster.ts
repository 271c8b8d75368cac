import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClusterSpec } from '../../src/core/cluster.ts';
import { FlinkRest } from '../../src/setup/flink-rest.ts';
import { findRuntimes } from '../../src/setup/runtimes.ts';
import { ClusterFolder } from '../../src/targets/local/cluster-folder.ts';
import { javaArguments } from '../../src/targets/local/command-line.ts';
import { configurationYaml } from '../../src/targets/local/configuration.ts';
import { loggingProperties } from '../../src/targets/local/logging.ts';
import {
  planJobManagerMemory,
  planTaskManagerMemory,
} from '../../src/targets/local/memory-plan.ts';
import { readHostIdentity } from '../../src/targets/local/processes.ts';
import type { Part } from '../../src/targets/local/token.ts';
import { leash } from '../support/flink-cluster.ts';
import type { PlainFlink } from './plain-flink.ts';

/** A Job as Sluice rendered it (`GET …/jobs`): a plain script starts its clusters from the very same. */
export const renderedJob = z.object({
  parallelism: z.number(),
  resources: z.object({
    jobmanager: z.object({ cpu: z.number(), memory: z.string() }),
    taskmanager: z.object({ cpu: z.number(), memory: z.string() }),
  }),
  flinkConfiguration: z.record(z.string(), z.string()),
});
export type RenderedJob = z.infer<typeof renderedJob>;

const parts = ['jobmanager', 'taskmanager-1'] as const satisfies Part[];
const ports = { rest: 18_081, rpc: 16_123 };
let made = 0;

/**
 * A Flink cluster as a careful script would start it: the processes, flags, class-data archives and configuration are
 * those of Sluice's local target, rendered by its own functions; nothing else of Sluice is there. Lives no longer than us.
 */
export class PlainCluster implements PlainFlink {
  readonly rest: FlinkRest;
  readonly #folder: ClusterFolder;
  readonly #processes: ChildProcess[];

  private constructor(rest: FlinkRest, folder: ClusterFolder, processes: ChildProcess[]) {
    this.rest = rest;
    this.#folder = folder;
    this.#processes = processes;
  }

  /** Starts both processes; does not wait for them. @param directory of all plain clusters; state is below it too. */
  static async start(directory: string, job: RenderedJob): Promise<PlainCluster> {
    const { flink, java } = findRuntimes();
    const runtime = flink.at(-1);
    if (runtime === undefined) throw new Error('no Flink is set up');
    made += 1;
    const clusterId = `b${randomUUID().replaceAll('-', '')}`;
    const folder = new ClusterFolder(directory, clusterId);
    const flinkConfiguration = ownState(job.flinkConfiguration, directory);
    const spec = specOf(clusterId, runtime.version, { ...job, flinkConfiguration });
    const plan = {
      jobManager: planJobManagerMemory(spec.resources.jobmanager.memory, spec.flinkConfiguration),
      taskManager: planTaskManagerMemory(
        spec.resources.taskmanager.memory,
        spec.flinkConfiguration,
      ),
    };
    const address = nextAddress();
    const rpc = { host: address, port: ports.rpc };
    const host = await readHostIdentity();
    const file = { ref: spec, host, address, restPort: ports.rest, rpc, taskManagers: 1 };
    await mkdir(folder.logs, { recursive: true });
    const begin = async (part: Part): Promise<ChildProcess> => {
      const home = folder.part(part);
      for (const name of ['tmp', 'web']) await mkdir(join(home, name), { recursive: true });
      const yaml = configurationYaml(part, spec, file, folder, plan);
      await writeFile(join(home, 'config.yaml'), yaml);
      const logging = loggingProperties(spec.log4jLoggers, join(folder.logs, `${part}.log`));
      await writeFile(join(home, 'log4j2.properties'), logging);
      return spawnJava(
        java,
        javaArguments(part, 'bench', spec, runtime, folder, plan),
        folder,
        part,
      );
    };
    const processes = await Promise.all(parts.map(begin));
    return new PlainCluster(new FlinkRest(`http://${address}:${ports.rest}`), folder, processes);
  }

  /** kill -9: what a script in a hurry does. Removes all but the state. */
  async end(): Promise<void> {
    for (const child of this.#processes) child.stdin?.end();
    await Promise.all(this.#processes.map(ended));
    await rm(this.#folder.path, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Out of 127.91.0.0/16, away from Sluice's own and from those of tests. */
function nextAddress(): string {
  const number = process.pid * 16 + made;
  return `127.91.${(number >> 8) & 0xff}.${number & 0xff || 1}`;
}

/** A configuration with its state below a directory of the script's own. */
export function ownState(
  configuration: Record<string, string>,
  directory: string,
): Record<string, string> {
  const entries = Object.entries(configuration).map(([key, value]): [string, string] => {
    const isDirectory = value.startsWith('file:');
    const state = `file://${directory}/${key.includes('savepoint') ? 'savepoints' : 'checkpoints'}`;
    return [key, isDirectory ? state : value];
  });
  return Object.fromEntries(entries);
}

const specOf = (clusterId: string, flinkVersion: string, job: RenderedJob): ClusterSpec => ({
  clusterId,
  jobId: clusterId,
  deploymentId: clusterId,
  namespace: 'default',
  target: 'plain',
  flinkVersion,
  taskManagers: 1,
  resources: job.resources,
  flinkConfiguration: job.flinkConfiguration,
  log4jLoggers: {},
  stateDirectories: [],
});

function spawnJava(java: string, args: string[], folder: ClusterFolder, part: Part): ChildProcess {
  const output = openSync(join(folder.logs, `${part}.out`), 'w');
  const child = spawn('sh', ['-c', leash, 'sh', java, ...args], {
    cwd: folder.part(part),
    stdio: ['pipe', output, output],
    env: {
      PATH: process.env.PATH,
      FLINK_CONF_DIR: folder.part(part),
      FLINK_LOG_DIR: folder.logs,
      LANG: 'C.UTF-8',
      MALLOC_ARENA_MAX: '2',
    },
  });
  closeSync(output);
  return child;
}
