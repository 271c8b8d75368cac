import type { Refused } from '../src/core/errors/index.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import type { ActivityDeps } from './deps.ts';

/** Uploads once: a jar is named by its content, so that a repeat finds the first one. */
export async function upload(
  deps: ActivityDeps,
  endpoint: FlinkEndpoint,
  jarUri: string,
  signal: AbortSignal,
): Promise<string> {
  const artifact = await deps.artifacts.fetch(jarUri, signal);
  return uploadOnce(endpoint, artifact, signal);
}

/** The same for a file at hand, which is named by its content too. */
export async function uploadOnce(
  endpoint: FlinkEndpoint,
  file: { path: string; sha256: string; filename: string },
  signal: AbortSignal,
): Promise<string> {
  const name = `${file.sha256.slice(0, 16)}-${file.filename}`;
  const known = (await endpoint.jars(signal)).find((jar) => jar.id.endsWith(name));
  return known?.id ?? (await endpoint.uploadJar(file.path, name, signal));
}

/** `DuplicateJobSubmissionException`, since 2.3 `DuplicateApplicationSubmissionException` (flink.md 4). */
export const saysSubmittedBefore = ({ message }: Refused): boolean =>
  /has already been submitted/i.test(message);
