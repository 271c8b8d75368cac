import {
  type DeploymentBody,
  type DocumentSettings,
  normaliseBody,
} from '../../src/core/document/index.ts';
import { type FieldProblem, ValidationFailed } from '../../src/core/errors/index.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { readBody } from '../parsing/body.ts';
import { lookAtTarget } from './named-target.ts';

/** A request body in the document's own spelling, and what can already be said against it. */
export interface ReadDocument {
  body: DeploymentBody;
  problems: FieldProblem[];
}

/** Reads and normalises a Deployment's body (api.md 1.5: parse, then normalise). Problems are collected, not thrown. */
export async function readDocument(
  c: ApiContext,
  documentSettings: DocumentSettings,
): Promise<ReadDocument> {
  return normaliseBody(await readBody(c), documentSettings);
}

/**
 * Early 400s of a change, before its workflow is asked: what is wrong with the body alone. The rest is judged by the
 * workflow after the merge.
 * @throws {ValidationFailed}
 */
export async function refuseWrongChange(
  deps: Pick<ApiDeps, 'store' | 'settings'>,
  namespace: string,
  { body, problems }: ReadDocument,
): Promise<void> {
  const target = await lookAtTarget(deps.store, deps.settings, namespace, body.spec);
  const all = [...problems, ...target.problems];
  if (all.length > 0) throw new ValidationFailed(all);
}
