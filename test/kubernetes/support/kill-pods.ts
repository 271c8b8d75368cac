import { readdir, readFile } from 'node:fs/promises';
import type { Kube } from './kube.ts';

/** SIGKILL to the containers of a Deployment's pods, from the host that runs the node. @returns how many processes. */
export async function killPods(
  kube: Kube,
  deploymentId: string,
  component?: 'jobmanager' | 'taskmanager',
): Promise<number> {
  const selector = `sluice.dev/deployment=${deploymentId}`;
  const pods = await kube.pods(
    component ? `${selector},app.kubernetes.io/component=${component}` : selector,
  );
  const uids = pods.map(({ metadata }) => metadata.uid);
  const pids = await processesOf(uids);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids.length;
}

/**
 * A pod's processes are in a control group named by its uid, in which systemd as its driver has `_` for `-`; the one that
 * only holds its namespaces is left out.
 */
async function processesOf(uids: readonly string[]): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const group = await readFile(`/proc/${name}/cgroup`, 'utf8').catch(() => '');
      if (!uids.some((uid) => group.replaceAll('_', '-').includes(uid))) return [];
      const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      return line === '' || line.startsWith('/bin/sleep') ? [] : [Number(name)];
    }),
  );
  return found.flat();
}
