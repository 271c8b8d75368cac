import type { ClusterRef } from '../../core/cluster.ts';
import type { SeenProcess } from './processes.ts';

/** A process of a cluster: `jobmanager`, `taskmanager-1`, `taskmanager-2`, … Names its folder and its logs too. */
export type Part = 'jobmanager' | `taskmanager-${number}`;

/** What each of our processes carries in its arguments, so that one that was never recorded is found (S5). */
export interface Token {
  owner: string;
  ref: ClusterRef;
  part: Part;
}

const keys = {
  owner: '-Dsluice.owner=',
  clusterId: '-Dsluice.cluster=',
  part: '-Dsluice.part=',
  jobId: '-Dsluice.job=',
  deploymentId: '-Dsluice.deployment=',
  namespace: '-Dsluice.namespace=',
  target: '-Dsluice.target=',
} as const;

/** The arguments that carry the token. */
export function tokenArguments({ owner, ref, part }: Token): string[] {
  return [
    `${keys.owner}${owner}`,
    `${keys.clusterId}${ref.clusterId}`,
    `${keys.part}${part}`,
    `${keys.jobId}${ref.jobId}`,
    `${keys.deploymentId}${ref.deploymentId}`,
    `${keys.namespace}${ref.namespace}`,
    `${keys.target}${ref.target}`,
  ];
}

/**
 * The part of the token that children inherit: what a job's code starts on its own belongs to the cluster as well, and
 * has to go with it (F40).
 */
export const environmentToken = (owner: string, clusterId: string): Record<string, string> => ({
  SLUICE_CLUSTER: `${owner}/${clusterId}`,
});

/**
 * The token of a process; undefined for any other process. Only the leader of a session counts, which each of ours is:
 * a search for our words (`pgrep -f`) has them among its arguments as well.
 */
export function readToken(process: SeenProcess): Token | undefined {
  if (process.session !== process.pid) return undefined;
  const value = (key: string): string | undefined =>
    process.arguments.find((argument) => argument.startsWith(key))?.slice(key.length);
  const [owner, part, clusterId] = [value(keys.owner), value(keys.part), value(keys.clusterId)];
  const [jobId, deploymentId] = [value(keys.jobId), value(keys.deploymentId)];
  const [namespace, target] = [value(keys.namespace), value(keys.target)];
  if (owner === undefined || clusterId === undefined || !isPart(part)) return undefined;
  if (jobId === undefined || deploymentId === undefined) return undefined;
  if (namespace === undefined || target === undefined) return undefined;
  return { owner, part, ref: { clusterId, jobId, deploymentId, namespace, target } };
}

const isPart = (text: string | undefined): text is Part =>
  text !== undefined && /^(jobmanager|taskmanager-\d+)$/.test(text);
