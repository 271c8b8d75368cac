import { fixedKeys } from './fixed-keys.ts';
import {
  checkpointDirectoryKeys,
  firstOf,
  retentionKey,
  savepointDirectoryKeys,
  slotsOf,
} from './flink-keys.ts';
import type { DeploymentSpec, Document } from './schema.ts';
import type { DocumentSettings } from './types.ts';

type Warning = (spec: DeploymentSpec, settings: DocumentSettings) => string | undefined;

/** Every restore point stays its owner's (NO_CLAIM, reliability.md 2.2 rule 6): it may be started from again. */
const claimModeKeys = ['execution.savepoint-restore-mode', 'execution.state-recovery.claim-mode'];

const configuration = 'spec.template.spec.flinkConfiguration';

const configurationOf = (spec: DeploymentSpec): Record<string, string> =>
  spec.template.spec.flinkConfiguration;

/** M24, V33: the documented trap. */
const statefulStartsEmpty: Warning = ({ upgradeStrategy, restoreStrategy }) =>
  upgradeStrategy.kind === 'STATEFUL' && restoreStrategy.kind === 'NONE'
    ? 'spec.restoreStrategy.kind NONE with spec.upgradeStrategy.kind STATEFUL: an upgrade takes a savepoint, but the new job starts from an empty state; set LATEST_STATE to keep the state'
    : undefined;

/** V12, M26. */
const noCheckpointDirectory: Warning = (spec, { hasStorage }) =>
  spec.restoreStrategy.kind === 'LATEST_STATE' &&
  !hasStorage &&
  firstOf(configurationOf(spec), checkpointDirectoryKeys) === undefined
    ? `spec.restoreStrategy.kind LATEST_STATE acts like LATEST_SAVEPOINT: there is no checkpoint directory; set state.checkpoints.dir in ${configuration}`
    : undefined;

/** M26: a checkpoint that goes with its job is no restore point. */
const checkpointsNotRetained: Warning = (spec) => {
  const retention = configurationOf(spec)[retentionKey];
  return spec.restoreStrategy.kind === 'LATEST_STATE' &&
    retention !== undefined &&
    retention.trim().toUpperCase() !== 'RETAIN_ON_CANCELLATION'
    ? `spec.restoreStrategy.kind LATEST_STATE acts like LATEST_SAVEPOINT: ${configuration}.${retentionKey} keeps no checkpoint of a cancelled job; set RETAIN_ON_CANCELLATION`
    : undefined;
};

/** V13. */
const noSavepointDirectory: Warning = (spec, { hasStorage }) =>
  !hasStorage && firstOf(configurationOf(spec), savepointDirectoryKeys) === undefined
    ? `no savepoint directory: suspending, stateful upgrades and savepoints will fail and leave the job as it is; set state.savepoints.dir in ${configuration}`
    : undefined;

/** V19. Flink would wait for slots that never come. */
const tooFewSlots: Warning = ({ template: { spec } }) => {
  const slots = spec.numberOfTaskManagers * slotsOf(spec.flinkConfiguration);
  return spec.parallelism > slots
    ? `spec.template.spec.parallelism ${spec.parallelism} is more than the ${slots} slots of ${spec.numberOfTaskManagers} TaskManagers: the job will wait for slots; raise spec.template.spec.numberOfTaskManagers`
    : undefined;
};

const overriddenKeys: Warning = (spec) => {
  const ours = [...Object.keys(fixedKeys), ...claimModeKeys];
  const keys = ours.filter((key) => Object.hasOwn(configurationOf(spec), key));
  return keys.length > 0
    ? `${configuration}: ${keys.join(', ')} is set by Sluice for each Job; the value given has no effect`
    : undefined;
};

/** M29: both say how large a process is, and Flink reads only one. */
const twoSizes: Warning = (spec) => {
  const parts = ['jobmanager', 'taskmanager'].filter((part) =>
    Object.hasOwn(configurationOf(spec), `${part}.memory.process.size`),
  );
  return parts.length > 0
    ? `${configuration}: ${parts.map((part) => `${part}.memory.process.size counts instead of spec.template.spec.resources.${part}.memory`).join(', and ')}; remove it and set the resources`
    : undefined;
};

/** Kept and echoed, but no target acts on it yet; better said than found out by a missing class. */
const withoutEffect: Warning = ({ template: { spec } }) => {
  const fields = [
    spec.artifact.additionalDependencies?.length && 'artifact.additionalDependencies',
    spec.logging.log4j2ConfigurationTemplate !== undefined && 'logging.log4j2ConfigurationTemplate',
  ].filter((field) => typeof field === 'string');
  return fields.length > 0
    ? `spec.template.spec: ${fields.join(', ')} is kept but has no effect yet`
    : undefined;
};

/** Read from top to bottom; each is independent of the others. */
const warnings: readonly Warning[] = [
  statefulStartsEmpty,
  noCheckpointDirectory,
  checkpointsNotRetained,
  noSavepointDirectory,
  tooFewSlots,
  overriddenKeys,
  twoSizes,
  withoutEffect,
];

/** What is allowed but rarely meant (reliability.md 6): texts for the header `Warning` and an event, one line each. */
export const documentWarnings = (document: Document, settings: DocumentSettings): string[] =>
  warnings.flatMap((warning) => warning(document.spec, settings) ?? []);
