import { slotsOf } from './flink-keys.ts';
import type { JsonObject } from './json.ts';
import { valueAt, withDefault, without } from './json.ts';
import type { DeploymentSpec, Document } from './schema.ts';
import type { DocumentSettings } from './types.ts';

const template = ['spec', 'template', 'spec'];
const artifact = [...template, 'artifact'];
const imageFields = ['flinkImageRegistry', 'flinkImageRepository', 'flinkImageTag'] as const;

type ImageField = (typeof imageFields)[number];

/** `numberOfTaskManagers` where nobody chose one: parallelism / slots, rounded up (api.md 2.1). */
const derivedTaskManagers = (
  spec: Pick<DeploymentSpec['template']['spec'], 'parallelism' | 'flinkConfiguration'>,
): number => Math.ceil(spec.parallelism / slotsOf(spec.flinkConfiguration));

/** Image fields where nobody chose them (api.md 4.1); a version that is not configured has no tag. */
function derivedImage(version: string, settings: DocumentSettings): Record<ImageField, string> {
  const known = settings.flinkVersions.find((entry) => entry.version === version);
  return {
    flinkImageRegistry: settings.flinkImageRegistry,
    flinkImageRepository: settings.flinkImageRepository,
    flinkImageTag: known?.imageTag ?? '',
  };
}

/**
 * Takes out of a draft what the present document holds by derivation and the request did not change, so that it is derived
 * anew from the draft's inputs. A value that differs from the derived one was chosen by a user and stays (api.md 2.1).
 */
export function forgetDerived(
  draft: JsonObject,
  current: Document,
  settings: DocumentSettings,
): JsonObject {
  const { spec } = current.spec.template;
  const tag = derivedImage(spec.artifact.flinkVersion, settings).flinkImageTag;
  const derived: [string[], string | number | undefined, string | number][] = [
    [[...template, 'numberOfTaskManagers'], spec.numberOfTaskManagers, derivedTaskManagers(spec)],
    [[...artifact, 'flinkImageTag'], spec.artifact.flinkImageTag, tag],
  ];
  return derived
    .filter(([path, now, byInputs]) => now === byInputs && valueAt(draft, path) === now)
    .reduce((left, [path]) => without(left, path), draft);
}

/** Fills in what has to stand before the schema can judge: the version comes from the server's table. */
export function withFlinkVersion(draft: JsonObject, settings: DocumentSettings): JsonObject {
  const path = [...artifact, 'flinkVersion'];
  const [first] = settings.flinkVersions;
  return first && valueAt(draft, artifact) !== undefined
    ? withDefault(draft, path, first.version)
    : draft;
}

/**
 * Fills in what depends on other fields or on the server.
 * @param draft what the document was parsed from: a field it does not hold was chosen by nobody.
 * @param current the document before the change. What its image left open stays open while its version stays: a later
 *   server's table must not change a stored document (S11).
 */
export function withDerived(
  document: Document,
  draft: JsonObject,
  settings: DocumentSettings,
  current: Document | undefined,
): Document {
  const { spec } = document;
  const inner = spec.template.spec;
  const isChosen = valueAt(draft, [...template, 'numberOfTaskManagers']) !== undefined;
  return {
    ...document,
    spec: {
      ...spec,
      restoreStrategy: withFlag(spec.restoreStrategy),
      template: {
        ...spec.template,
        spec: {
          ...inner,
          artifact: withImage(inner.artifact, settings, current),
          numberOfTaskManagers: isChosen ? inner.numberOfTaskManagers : derivedTaskManagers(inner),
          logging: withProfile(inner.logging),
        },
      },
    },
  };
}

type Artifact = DeploymentSpec['template']['spec']['artifact'];

function withImage(
  artifact: Artifact,
  settings: DocumentSettings,
  current: Document | undefined,
): Artifact {
  const before = current?.spec.template.spec.artifact;
  const isSameVersion = before?.flinkVersion === artifact.flinkVersion;
  const missing = Object.entries(derivedImage(artifact.flinkVersion, settings)).filter(
    ([field, value]) =>
      value !== '' &&
      !Object.hasOwn(artifact, field) &&
      !(isSameVersion && !Object.hasOwn(before ?? {}, field)),
  );
  return { ...artifact, ...Object.fromEntries(missing) };
}

function withFlag({
  kind,
  allowNonRestoredState = false,
}: DeploymentSpec['restoreStrategy']): DeploymentSpec['restoreStrategy'] {
  return kind === 'NONE' ? { kind } : { kind, allowNonRestoredState };
}

type Logging = DeploymentSpec['template']['spec']['logging'];

/** With an inline template no profile is filled in (api.md 4.4). */
const withProfile = (logging: Logging): Logging =>
  logging.log4j2ConfigurationTemplate === undefined
    ? { loggingProfile: 'default', ...logging }
    : logging;
