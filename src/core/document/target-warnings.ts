import type { DeploymentTargetRecord } from '../records.ts';
import {
  checkpointDirectoryKeys,
  firstOf,
  haTypeKeys,
  savepointDirectoryKeys,
} from './flink-keys.ts';
import type { DeploymentSpec } from './schema.ts';

const configuration = 'spec.template.spec.flinkConfiguration';

/** What is rarely meant for a Deployment on a target of this kind (reliability.md 6), one text each. */
export function targetWarnings(
  spec: DeploymentSpec,
  target: Pick<DeploymentTargetRecord, 'spec'> | undefined,
): string[] {
  if (!target) return [];
  const { flinkConfiguration: users } = spec.template.spec;
  return [...(target.spec.local ? foreignStorage(users) : []), ...noHighAvailability(users)];
}

/** V13. Its Flink has no plugins: such a directory is found out by the first savepoint only. */
function foreignStorage(users: Readonly<Record<string, string>>): string[] {
  const directories = [checkpointDirectoryKeys, savepointDirectoryKeys].flatMap(
    (keys) => firstOf(users, keys)?.trim() ?? [],
  );
  const foreign = directories.filter(
    (uri) => /^[a-z][a-z0-9+.-]*:/i.test(uri) && !/^file:/i.test(uri),
  );
  return foreign.map(
    (uri) =>
      `${configuration}: Flink of the local target has no file system for ${uri}: checkpoints, savepoints and suspending will fail and leave the job as it is; use a file: directory`,
  );
}

/** S30: what is asked for and not done is said. */
function noHighAvailability(users: Readonly<Record<string, string>>): string[] {
  if (!/kubernetes/i.test(firstOf(users, haTypeKeys) ?? '')) return [];
  return [
    `${configuration}: high-availability of Kubernetes has no effect: jobs come back from their latest retained checkpoint without it`,
  ];
}
