import type { ClusterRef } from '../src/core/cluster.ts';
import { Refused } from '../src/core/errors/index.ts';
import { locate } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';

/** Uploads once: a jar is named by its content, so that a repeat finds the first one. */
export async function upload(
  deps: ActivityDeps,
  cluster: ClusterRef,
  jarUri: string,
  signal: AbortSignal,
): Promise<string> {
  const artifact = await deps.artifacts.fetch(jarUri, signal);
  return uploadOnce(deps, cluster, artifact, signal);
}

/** The same for a file at hand, which is named by its content too. */
export async function uploadOnce(
  deps: ActivityDeps,
  cluster: ClusterRef,
  file: { path: string; sha256: string; filename: string },
  signal: AbortSignal,
): Promise<string> {
  const at = await locate(deps, cluster, signal);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  const name = `${file.sha256.slice(0, 16)}-${file.filename}`;
  const known = (await at.endpoint.jars(signal)).find((jar) => jar.id.endsWith(name));
  return known?.id ?? (await at.endpoint.uploadJar(file.path, name, signal));
}

/** `DuplicateJobSubmissionException`, since 2.3 `DuplicateApplicationSubmissionException` (flink.md 4). */
export const saysSubmittedBefore = ({ message }: Refused): boolean =>
  /has already been submitted/i.test(message);
