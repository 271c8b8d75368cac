import type { FieldProblem } from '../errors/index.ts';
import { checkDraft, checkNewName } from './checks.ts';
import { forgetDerived, withDerived, withFlinkVersion } from './derive.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, mergePatch, own, valueAt, without, withoutNulls } from './json.ts';
import { normaliseBody } from './normalise.ts';
import { fieldProblems } from './problems.ts';
import { type Document, documentSchema } from './schema.ts';
import { whyTooLarge } from './size.ts';
import type { DeploymentBody, DocumentResult, DocumentSettings } from './types.ts';

/**
 * The document of a new Deployment: own value over DeploymentDefaults (maps by key, lists replaced) over built-in defaults
 * (api.md 2.1, 2.6).
 * @param body what {@link normaliseBody} returned; `null` is absent.
 */
export function createDocument(body: DeploymentBody, settings: DocumentSettings): DocumentResult {
  const metadata = objectOf(withoutNulls(body.metadata ?? {}));
  const { spec, problems } = overDefaults(objectOf(withoutNulls(body.spec ?? {})), settings);
  const found = [...problems, ...checkNewName(own(metadata, 'name'), settings)];
  return complete({ ...metadata, spec }, settings, found);
}

/**
 * The document after a JSON Merge Patch (RFC 7386, api.md 1.5). What the patch makes senseless is dropped, what was
 * derived is derived anew, a removed field has its built-in default. `spec.state: null` keeps the desired state.
 */
export function patchDocument(
  current: Document,
  body: DeploymentBody,
  settings: DocumentSettings,
): DocumentResult {
  const { name, spec: before, ...metadata } = wireForm(current);
  const change = withoutNullState(objectOf(body.spec ?? {}));
  const patched = body.spec === null ? {} : objectOf(mergePatch(before, change));
  const merged = objectOf(mergePatch(metadata, withoutName(body)));
  const spec = dropUnfit(patched, change);
  const whole = withoutNewEmptyOptions({ ...merged, name: name ?? null, spec }, wireForm(current));
  const draft = forgetDerived(whole, current, settings);
  return complete(draft, settings, checkSameName(current, body, true), current);
}

/**
 * The document after PUT (api.md 1.5): absent fields are reset, to DeploymentDefaults where asked for, else to the built-in
 * defaults. An absent `spec.state` or `metadata.name` is kept: a sloppy document never stops a job.
 */
export function replaceDocument(
  current: Document,
  body: DeploymentBody,
  settings: DocumentSettings,
  applyDefaults: boolean,
): DocumentResult {
  const given = objectOf(withoutNulls(body.spec ?? {}));
  const wanted = { state: current.spec.state, ...given };
  const { spec, problems } = applyDefaults
    ? overDefaults(wanted, settings)
    : { spec: dropUnfit(wanted, wanted), problems: [] };
  const metadata = objectOf(withoutNulls(withoutName(body)));
  const draft = forgetDerived({ ...metadata, name: current.name, spec }, current, settings);
  return complete(draft, settings, [...problems, ...checkSameName(current, body, false)], current);
}

/** `{}` stands for whatever is no object: the schema then names what is missing. */
const objectOf = (json: Json): JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};

/** The document as plain JSON; it is that already, only its type says less. */
const wireForm = (document: Document): JsonObject => objectOf(JSON.parse(JSON.stringify(document)));

const withoutName = (body: DeploymentBody): JsonObject => without(body.metadata ?? {}, ['name']);

const withoutNullState = (spec: JsonObject): JsonObject =>
  own(spec, 'state') === null ? without(spec, ['state']) : spec;

function overDefaults(
  given: JsonObject,
  settings: DocumentSettings,
): { spec: JsonObject; problems: FieldProblem[] } {
  const { body, problems } = normaliseBody({ spec: settings.defaults }, settings);
  const merged = objectOf(mergePatch(withoutNulls(body.spec ?? {}), given));
  return { spec: dropUnfit(merged, given), problems };
}

/** Pairs of which naming one clears what was there of the other (api.md 1.5, 4.4). */
const alternatives = [
  [['deploymentTargetId'], ['deploymentTargetName']],
  [
    ['template', 'spec', 'logging', 'loggingProfile'],
    ['template', 'spec', 'logging', 'log4j2ConfigurationTemplate'],
  ],
] as const;

/** Drops from what was merged that which no longer fits to what was given (api.md 1.5). */
function dropUnfit(merged: JsonObject, given: JsonObject): JsonObject {
  const isGiven = (path: readonly string[]) => (valueAt(given, path) ?? null) !== null;
  let kept = merged;
  for (const [one, other] of alternatives) {
    if (isGiven(one) && !isGiven(other)) kept = without(kept, other);
    if (isGiven(other) && !isGiven(one)) kept = without(kept, one);
  }
  return kept;
}

/** Names never change (V02). */
function checkSameName(current: Document, body: DeploymentBody, isPatch: boolean): FieldProblem[] {
  const name = own(body.metadata ?? {}, 'name');
  const isKept = name === undefined || name === current.name || (name === null && !isPatch);
  if (isKept) return [];
  const message = `cannot be changed from "${current.name}": leave it out or create another Deployment`;
  return [{ field: 'metadata.name', message }];
}

/** Defaults, checks, derived values: from a draft to the stored form, or to all that is wrong with it. */
function complete(
  draft: JsonObject,
  settings: DocumentSettings,
  found: FieldProblem[],
  current?: Document,
): DocumentResult {
  const filled = withFlinkVersion(withoutEmptyMaps(draft), settings);
  const parsed = documentSchema().safeParse(filled);
  const problems = [
    ...found,
    ...(parsed.success ? [] : fieldProblems(parsed.error, filled)),
    ...checkDraft(filled, settings, current),
  ];
  if (!parsed.success || problems.length > 0) return { problems: oncePerField(problems) };
  const document = withDerived(parsed.data, filled, settings, current);
  const tooLarge = whyTooLarge(document, current);
  return tooLarge
    ? { problems: [{ field: 'the Deployment', message: tooLarge }], tooLarge: true }
    : { document };
}

/** The first finding of a field is the nearest to its cause. */
const oncePerField = (problems: FieldProblem[]): FieldProblem[] =>
  [
    ...new Map(problems.toReversed().map((problem) => [problem.field, problem])).values(),
  ].toReversed();

/** `labels` and `annotations` are absent when empty: a client that compares would see a difference (api.md 1.7). */
const withoutEmptyMaps = (draft: JsonObject): JsonObject =>
  [['labels'], ['annotations']].reduce(withoutEmpty, draft);

const kubernetes = ['spec', 'template', 'spec', 'kubernetes'];

/** What a patch removes of options that are not there leaves empty ones behind, which are no change (api.md 1.5). */
const withoutNewEmptyOptions = (draft: JsonObject, current: JsonObject): JsonObject =>
  [[...kubernetes, 'pods'], kubernetes]
    .filter((path) => valueAt(current, path) === undefined)
    .reduce(withoutEmpty, draft);

function withoutEmpty(draft: JsonObject, path: readonly string[]): JsonObject {
  const map = valueAt(draft, path);
  return isObject(map) && Object.keys(map).length === 0 ? without(draft, path) : draft;
}
