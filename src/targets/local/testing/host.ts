import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterSpec } from '../../../core/cluster.ts';
import * as targets from '../../testing/new-cluster.ts';
import { createLocalTarget, type LocalTargetOptions } from '../local-target.ts';
import { listProcesses, type SeenProcess } from '../processes.ts';
import { type Part, readToken } from '../token.ts';

/** For calls that nobody gives up. */
export const { signal: forever } = new AbortController();

/** A host of its own for one test: data, claims, and a stand-in for `java` that does nothing but wait. */
export interface Host {
  folder: string;
  options: LocalTargetOptions;
  /** The parts that `java` was started as. */
  starts(): string[];
  /** Addresses that are claimed. */
  claims(): string[];
  /** Names of the folders of clusters, half-made ones too. */
  folders(): string[];
  /** Ends whatever runs and removes all. */
  close(): Promise<void>;
}

/** Notes which part it was started as, then waits in this very process until a signal ends it. */
const waiting = `
for argument; do
  case $argument in -Dsluice.part=*) echo "\${argument#*=}" >>"\${0%/*}/starts" ;; esac
done
exec 3<>"\${0%/*}/never"
read -r _ <&3
`;
export const scripts = {
  waits: `#!/bin/sh${waiting}`,
  ignoresSigterm: `#!/bin/sh\ntrap '' TERM${waiting}`,
  exitsAtOnce: '#!/bin/sh\necho "no memory for the heap" >&2\nexit 3\n',
};

export function openHost(more: Partial<LocalTargetOptions> & { script?: string } = {}): Host {
  const { script = scripts.waits, ...options } = more;
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'sluice-local-')));
  execFileSync('mkfifo', [join(folder, 'never')]);
  fs.writeFileSync(join(folder, 'java'), script, { mode: 0o755 });
  const all: LocalTargetOptions = {
    runtimes: ['1.20.5', '2.3.0'].map((version) => ({ version, jars: ['/flink.jar'] })),
    java: join(folder, 'java'),
    dataDirectory: join(folder, 'data'),
    hostDirectory: join(folder, 'hosts'),
    owner: randomUUID(),
    maxClusters: 50,
    ...options,
  };
  return {
    folder,
    options: all,
    starts: () => readText(join(folder, 'starts')).split('\n').filter(Boolean),
    claims: () => namesIn(join(folder, 'hosts')),
    folders: () => namesIn(join(all.dataDirectory, 'clusters')),
    close: async () => {
      const target = createLocalTarget({ ...all, stopGraceMs: 0 });
      for (const ref of await target.list(forever)) await target.destroy(ref, forever);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

const readText = (path: string): string =>
  fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
const namesIn = (path: string): string[] => (fs.existsSync(path) ? fs.readdirSync(path) : []);

/** A cluster of two TaskManagers that no other test knows. */
export const newCluster = (more: Partial<ClusterSpec> = {}): ClusterSpec =>
  targets.newCluster({ taskManagers: 2, ...more });

/** The processes of a cluster as `/proc` shows them, by part; two of one part would be a defect. */
export async function processesOf(
  host: Host,
  { clusterId }: ClusterSpec,
): Promise<Map<Part, SeenProcess>> {
  const found = new Map<Part, SeenProcess>();
  for (const process of await listProcesses()) {
    const token = readToken(process);
    if (token?.owner !== host.options.owner || token.ref.clusterId !== clusterId) continue;
    if (found.has(token.part))
      throw new Error(`two processes are the ${token.part} of ${clusterId}`);
    found.set(token.part, process);
  }
  return found;
}

/** Kills a part of a cluster from outside and waits until it is gone. */
export async function killPart(host: Host, cluster: ClusterSpec, part: Part): Promise<void> {
  const victim = (await processesOf(host, cluster)).get(part);
  if (victim === undefined) throw new Error(`no ${part} runs`);
  process.kill(victim.pid, 'SIGKILL');
  await until(async () => !(await processesOf(host, cluster)).has(part));
}

/** Polls for a condition for at most ten seconds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`never came: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
