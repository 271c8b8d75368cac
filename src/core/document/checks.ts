import { artifactUriProblem } from '../artifact-uri.ts';
import type { FieldProblem } from '../errors/index.ts';
import { isUnder, renderTemplate } from './directories.ts';
import { checkpointDirectoryKeys, haDirectoryKeys, savepointDirectoryKeys } from './flink-keys.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, valueAt } from './json.ts';
import type { Document } from './schema.ts';
import { whyBadDirectory } from './schema-flink-configuration.ts';
import type { DocumentSettings } from './types.ts';

/**
 * Rules that need the server's settings or more than one field. They read the draft as it came, so that their
 * findings stand beside those of the schema and every bad field is named at once (api.md 1.9).
 */
export function checkDraft(
  draft: JsonObject,
  settings: DocumentSettings,
  current: Document | undefined,
): FieldProblem[] {
  return [
    ...checkTarget(draft),
    ...checkArtifact(draft, settings, current),
    ...checkLoggingProfile(draft, settings),
    ...checkDirectories(draft, settings, current),
    ...checkTexts(draft, []),
  ];
}

const slug = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Rules for the name of a new Deployment (api.md 1.6); an existing one keeps the name it has. */
export function checkNewName(name: Json | undefined, settings: DocumentSettings): FieldProblem[] {
  if (!settings.strictNames || typeof name !== 'string' || slug.test(name)) return [];
  const message =
    'must be at most 63 lower-case letters, digits and "-", with a letter or digit at both ends';
  return [{ field: 'metadata.name', message }];
}

function checkTarget(draft: JsonObject): FieldProblem[] {
  const isNamed = ['deploymentTargetId', 'deploymentTargetName'].some(
    (form) => valueAt(draft, ['spec', form]) !== undefined,
  );
  if (isNamed) return [];
  const message =
    'is required (or deploymentTargetId): no target is named, nor by defaults (PUT takes them with ?applyDefaults=true only)';
  return [{ field: 'spec.deploymentTargetName', message }];
}

function checkLoggingProfile(draft: JsonObject, settings: DocumentSettings): FieldProblem[] {
  const path = ['spec', 'template', 'spec', 'logging', 'loggingProfile'];
  const profile = valueAt(draft, path);
  const known = [...new Set(['default', ...settings.loggingProfiles])];
  if (typeof profile !== 'string' || known.includes(profile)) return [];
  return [{ field: path.join('.'), message: `must be one of ${known.join(', ')}` }];
}

/**
 * URIs that no fetch would ever touch (N01 to N09); `${SECRET}` is known only later. Those that are there already are not
 * judged again: rules that have become narrower must not keep anybody from cancelling.
 */
function checkArtifact(
  draft: JsonObject,
  { artifactUris: rules }: DocumentSettings,
  current: Document | undefined,
): FieldProblem[] {
  const path = ['spec', 'template', 'spec', 'artifact'];
  if (!rules) return [];
  const known = urisIn(current?.spec.template.spec.artifact).map(([, uri]) => uri);
  return urisIn(valueAt(draft, path)).flatMap(([name, uri]): FieldProblem[] => {
    const open = typeof uri !== 'string' || uri.includes('${') || known.includes(uri);
    const message = open ? undefined : artifactUriProblem(uri, rules);
    return message === undefined ? [] : [{ field: [...path, name].join('.'), message }];
  });
}

function urisIn(artifact: unknown): [name: string, uri: unknown][] {
  if (!isObject(artifact)) return [];
  const { jarUri, additionalDependencies: more } = artifact;
  const others = Array.isArray(more) ? more : [];
  return [
    ['jarUri', jarUri],
    ...others.map((uri, at): [string, unknown] => [`additionalDependencies[${at}]`, uri]),
  ];
}

/**
 * A name may hold anything, so what it does to a directory is seen only once it is filled in (V08, N10). One that is there
 * already is not judged again.
 */
function checkDirectories(
  draft: JsonObject,
  settings: DocumentSettings,
  current: Document | undefined,
): FieldProblem[] {
  const path = ['spec', 'template', 'spec', 'flinkConfiguration'];
  const name = valueAt(draft, ['name']);
  const keys = [...checkpointDirectoryKeys, ...savepointDirectoryKeys, ...haDirectoryKeys];
  return keys.flatMap((key): FieldProblem[] => {
    const value = valueAt(draft, [...path, key]);
    if (typeof value !== 'string' || value.trim() === '') return [];
    if (value === current?.spec.template.spec.flinkConfiguration[key]) return [];
    const field = [...path, key].join('.');
    const rendered = renderTemplate(value, { deploymentName: String(name) });
    const prefixes = settings.stateDirectoryPrefixes;
    if (prefixes && !prefixes.some((prefix) => isUnder(rendered, prefix))) {
      return [{ field, message: `must lie under one of ${prefixes.join(', ')}` }];
    }
    const why = whyBadDirectory(value) === undefined ? whyBadDirectory(rendered) : undefined;
    return why === undefined ? [] : [{ field, message: `${why} once the name is filled in` }];
  });
}

/** Neither database keeps a NUL in a text, nor half of a surrogate pair. */
function checkTexts(json: Json, path: readonly string[]): FieldProblem[] {
  if (typeof json === 'string') return isStorable(json) ? [] : [unstorable(path)];
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) =>
    isStorable(key) ? checkTexts(value, [...path, key]) : [unstorable(path)],
  );
}

const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

const unstorable = (path: readonly string[]): FieldProblem => ({
  field: (path[0] === 'spec' ? path : ['metadata', ...path]).join('.'),
  message: 'must not contain NUL characters or broken Unicode',
});
