import type { ClusterSpec } from '../cluster.ts';
import { asFileUri, renderTemplate, under } from './directories.ts';
import { fixedKeys } from './fixed-keys.ts';
import {
  checkpointDirectoryKeys,
  firstOf,
  haDirectoryKeys,
  haTypeKeys,
  retentionKey,
  savepointDirectoryKeys,
  slotsKey,
  slotsOf,
} from './flink-keys.ts';
import type { RenderedJob, RenderInput } from './types.ts';
import { splitWords } from './words.ts';

type Configuration = Record<string, string>;
type Template = RenderInput['spec']['template']['spec'];

/** Where the state of one Job goes; `undefined`: nowhere that survives it. */
interface Directories {
  checkpoints: string | undefined;
  savepoints: string | undefined;
  highAvailability: string | undefined;
}

/**
 * Makes of a document what one Job's steps need: the user's configuration with `{{jobId}}` and the like filled in, state
 * directories of its own (reliability.md 2.1), and the keys that Sluice sets (reliability.md 3.1). `${NAME}` stays.
 * Equal input gives equal output.
 */
export function renderJob(input: RenderInput): RenderedJob {
  const template = input.spec.template.spec;
  const { artifact, parallelism } = template;
  const directories = directoriesOf(input, renderConfiguration(input));
  const flinkConfiguration = configurationOf(input, directories);
  return {
    cluster: clusterOf(input, flinkConfiguration, directories),
    run: {
      ...(artifact.entryClass !== undefined && { entryClass: artifact.entryClass }),
      programArgs: programArgs(artifact.mainArgs ?? ''),
      parallelism,
    },
    jarUri: artifact.jarUri,
    checkpointDirectory: directories.checkpoints,
    savepointBase: directories.savepoints,
    jobSpec: {
      artifact,
      parallelism,
      numberOfTaskManagers: template.numberOfTaskManagers,
      resources: template.resources,
      flinkConfiguration,
      userFlinkConfiguration: template.flinkConfiguration,
      logging: template.logging,
      ...(template.kubernetes !== undefined && { kubernetes: template.kubernetes }),
    },
  };
}

function clusterOf(
  { spec, identity }: RenderInput,
  flinkConfiguration: Configuration,
  directories: Directories,
): ClusterSpec {
  const template = spec.template.spec;
  const { deploymentName: _, ...ref } = identity;
  return {
    ...ref,
    flinkVersion: template.artifact.flinkVersion,
    taskManagers: template.numberOfTaskManagers,
    resources: template.resources,
    flinkConfiguration,
    log4jLoggers: template.logging.log4jLoggers,
    stateDirectories: localDirectories(directories),
    ...imageOf(template.artifact),
    ...(template.kubernetes !== undefined && { kubernetes: template.kubernetes }),
  };
}

/** Without a repository and a tag there is no image; the registry may be the container runtime's own. */
function imageOf(artifact: Template['artifact']): { image?: string } {
  const {
    flinkImageRegistry: registry,
    flinkImageRepository: repository,
    flinkImageTag: tag,
  } = artifact;
  if (!repository || !tag) return {};
  return { image: `${registry ? `${registry}/` : ''}${repository}:${tag}` };
}

/** Validation has refused what cannot be split. */
function programArgs(mainArgs: string): string[] {
  const split = splitWords(mainArgs);
  return 'words' in split ? split.words : [];
}

function renderConfiguration({ spec, identity }: RenderInput): Configuration {
  const { namespace, deploymentId, deploymentName, jobId } = identity;
  const values = { namespace, deploymentId, deploymentName, jobId };
  const entries = Object.entries(spec.template.spec.flinkConfiguration);
  return Object.fromEntries(entries.map(([key, value]) => [key, renderTemplate(value, values)]));
}

/** `<base>/<Deployment id>/<Job id>` for checkpoints and HA (reliability.md 2.1); savepoints as in api.md 3.8. */
function directoriesOf({ identity, storageUri }: RenderInput, users: Configuration): Directories {
  const { namespace, deploymentId, jobId } = identity;
  const storage = (...path: string[]) =>
    storageUri === '' ? undefined : under(storageUri, ...path);
  const below = (base: string | undefined, ...path: string[]) =>
    base === undefined ? undefined : under(base, ...path);
  const chosen = (keys: readonly string[]) => firstOf(users, keys)?.trim();
  const checkpointBase = chosen(checkpointDirectoryKeys) ?? storage('flink-checkpoints');
  const haBase = chosen(haDirectoryKeys) ?? storage('flink-ha');
  return {
    checkpoints: below(checkpointBase, deploymentId, jobId),
    savepoints:
      below(chosen(savepointDirectoryKeys), deploymentId) ??
      storage('flink-savepoints', 'namespaces', namespace, 'deployments', deploymentId),
    highAvailability:
      haTypeOf(users) === undefined ? undefined : below(haBase, deploymentId, jobId),
  };
}

/** `undefined`: no HA. The platform's own names mean Flink's Kubernetes HA (api.md 4.2). */
function haTypeOf(configuration: Configuration): string | undefined {
  const type = firstOf(configuration, haTypeKeys)?.trim();
  if (type === undefined || type.toUpperCase() === 'NONE') return undefined;
  return type.toLowerCase() === 'vvp-kubernetes' ? 'kubernetes' : type;
}

function configurationOf(input: RenderInput, directories: Directories): Configuration {
  const users = renderConfiguration(input);
  return {
    [slotsKey]: String(slotsOf(users)),
    'parallelism.default': String(input.spec.template.spec.parallelism),
    [retentionKey]: 'RETAIN_ON_CANCELLATION',
    ...users,
    ...inSpellings(checkpointDirectoryKeys, directories.checkpoints),
    ...inSpellings(savepointDirectoryKeys, directories.savepoints),
    ...highAvailability(input, users, directories),
    ...fixedKeys,
  };
}

/** Each version reads another spelling, 1.19 and older only the second, so all that could be read say the same. */
function inSpellings(keys: readonly string[], value: string | undefined): Configuration {
  const [newest, previous] = keys;
  if (value === undefined || newest === undefined || previous === undefined) return {};
  return { [newest]: value, [previous]: value };
}

/** The cluster's own id keeps two clusters of one Deployment from electing one leader (R32). */
function highAvailability(
  { identity }: RenderInput,
  users: Configuration,
  { highAvailability: directory }: Directories,
): Configuration {
  const type = haTypeOf(users);
  if (type === undefined) return {};
  return {
    ...inSpellings(haTypeKeys, type),
    'high-availability.cluster-id': identity.clusterId,
    ...(directory !== undefined && { 'high-availability.storageDir': directory }),
  };
}

const localDirectories = (directories: Directories): string[] =>
  [directories.checkpoints, directories.savepoints, directories.highAvailability]
    .filter((uri) => uri !== undefined)
    .map(asFileUri)
    .filter((uri) => /^file:/i.test(uri));
