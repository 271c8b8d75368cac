import { readdir, readFile } from 'node:fs/promises';
import type { FlinkTruth } from './flink-truth.ts';

/** kill -9 of every process of the Deployment's clusters, found by their own token. @returns how many. */
export async function killFlink(
  truth: FlinkTruth,
  deploymentId: string,
  which: 'all' | 'jobmanager' | 'taskmanager' = 'all',
): Promise<number> {
  const ids = (await truth.clusters())
    .filter((ref) => ref.deploymentId === deploymentId)
    .map((ref) => ref.clusterId);
  const found = (await processes()).filter(
    ({ line }) => ids.some((id) => line.includes(id)) && isPart(line, which),
  );
  for (const { pid } of found) process.kill(pid, 'SIGKILL');
  return found.length;
}

const isPart = (line: string, which: 'all' | 'jobmanager' | 'taskmanager'): boolean => {
  const jobManager = line.includes('StandaloneSessionClusterEntrypoint');
  const taskManager = line.includes('TaskManagerRunner');
  if (which === 'all') return jobManager || taskManager;
  return which === 'jobmanager' ? jobManager : taskManager;
};

/** Every process of the host with its command line; one that ends meanwhile is left out. */
export async function processes(): Promise<{ pid: number; line: string }[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    names.map(async (name) => {
      const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(name), line: line.replaceAll('\0', ' ') };
    }),
  );
  return all.filter(({ line }) => line !== '');
}
