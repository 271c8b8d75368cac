import {
  type DeploymentBody,
  type DocumentSettings,
  normaliseBody,
} from '../../src/core/document/index.ts';
import { type FieldProblem, ValidationFailed } from '../../src/core/errors/index.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { readBody } from '../parsing/body.ts';
import { isObject } from '../parsing/source-tree.ts';
import { lookAtTarget } from './named-target.ts';

/** A request body in the document's own spelling, and what can already be said against it. */
export interface ReadDocument {
  body: DeploymentBody;
  problems: FieldProblem[];
}

/** Reads and normalises a Deployment's body (api.md 1.5: parse, then normalise). Problems are collected, not thrown. */
export async function readDocument(
  c: ApiContext,
  { settings }: Pick<ApiDeps, 'settings'>,
  documentSettings: DocumentSettings,
): Promise<ReadDocument> {
  const { body, problems } = normaliseBody(await readBody(c), documentSettings);
  return { body, problems: [...problems, ...artifactProblems(body, settings.jarUriProblem)] };
}

/**
 * Early 400s of a change, before its workflow is asked: what is wrong with the body alone. The rest is judged by the
 * workflow after the merge.
 * @returns what is to be said of a target that the body names.
 * @throws {ValidationFailed}
 */
export async function refuseWrongChange(
  deps: Pick<ApiDeps, 'store' | 'settings'>,
  namespace: string,
  { body, problems }: ReadDocument,
): Promise<string[]> {
  const target = await lookAtTarget(deps.store, deps.settings, namespace, body.spec);
  const all = [...problems, ...target.problems];
  if (all.length > 0) throw new ValidationFailed(all);
  return target.warnings;
}

/** URIs that no fetch would ever touch (N01 to N09) are refused with the document; `${SECRET}` is known only later. */
function artifactProblems(
  body: DeploymentBody,
  problemOf: ((uri: string) => string | undefined) | undefined,
): FieldProblem[] {
  const artifact = dig(body, ['spec', 'template', 'spec', 'artifact']);
  if (problemOf === undefined || !isObject(artifact)) return [];
  const { jarUri, additionalDependencies } = artifact;
  const more = Array.isArray(additionalDependencies) ? additionalDependencies : [];
  const named: [string, unknown][] = [
    ['jarUri', jarUri],
    ...more.map((uri, index): [string, unknown] => [`additionalDependencies[${index}]`, uri]),
  ];
  return named.flatMap(([name, uri]) => {
    const message = typeof uri === 'string' && !uri.includes('${') ? problemOf(uri) : undefined;
    return message === undefined ? [] : [{ field: `spec.template.spec.artifact.${name}`, message }];
  });
}

const dig = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), tree);
