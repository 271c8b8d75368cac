import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ClusterRef } from '../../../src/core/cluster.ts';
import { type FlinkTruth, isLive, type LiveJob } from '../../e2e/support/flink-truth.ts';
import type { LookAtJobs } from '../../e2e/support/job-watch.ts';

const run = promisify(execFile);

/** The plain REST port of Flink, as seen from within its own pod. */
const jobsOverview = 'http://127.0.0.1:8081/jobs/overview';

/**
 * The live jobs of all JobManagers that have a process on our node, each asked from within its own network: a dead API
 * server, a cut network, a removed namespace and a fault of Sluice's own target leave this eye open. Only whose
 * Deployment a cluster is comes from its labels, once.
 */
export function jobsOnNode(truth: FlinkTruth): LookAtJobs {
  const known = new Map<string, ClusterRef>();
  const learn = async () => {
    for (const ref of await truth.clusters().catch(() => [])) known.set(ref.clusterId, ref);
  };
  return async () => {
    const jobManagers = await jobManagersOnNode();
    if (jobManagers.some(({ clusterId }) => !known.has(clusterId))) await learn();
    const seen = await Promise.all(jobManagers.map((one) => liveJobs(one, known)));
    return seen.flat();
  };
}

interface JobManager {
  pid: number;
  clusterId: string;
}

/** A pod's processes are told from the machine's own by their control group. */
async function jobManagersOnNode(): Promise<JobManager[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It may have gone meanwhile.
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      if (!(await read('cmdline')).includes('StandaloneSessionClusterEntrypoint')) return [];
      if (!(await read('cgroup')).includes('kubepods')) return [];
      const [, clusterId] =
        /(?:^|\0)HOSTNAME=(\S+?)-jobmanager\0/.exec(await read('environ')) ?? [];
      return clusterId === undefined ? [] : [{ pid: Number(pid), clusterId }];
    }),
  );
  return found.flat();
}

const reply = z.object({
  jobs: z.array(z.object({ jid: z.string(), name: z.string(), state: z.string() })),
});

/** None while it does not answer: it starts, or ends. */
async function liveJobs(
  { pid, clusterId }: JobManager,
  known: ReadonlyMap<string, ClusterRef>,
): Promise<LiveJob[]> {
  const curl = ['curl', '--silent', '--fail', '--max-time', '2', jobsOverview];
  const answer = await run('nsenter', [`--net=/proc/${pid}/ns/net`, ...curl]).catch(
    () => undefined,
  );
  if (!answer) return [];
  // One that was never listed stands for itself.
  const deploymentId = known.get(clusterId)?.deploymentId ?? clusterId;
  const { jobs } = reply.parse(JSON.parse(answer.stdout));
  return jobs.filter(isLive).map(({ jid, state }) => ({ deploymentId, id: jid, state }));
}
