import { type FieldProblem, ValidationFailed } from '../../src/core/errors/index.ts';
import type { DeploymentTargetRecord } from '../../src/core/records.ts';
import type { ApiContext } from '../env.ts';
import { targetBody } from '../openapi/shapes/target.ts';
import { readBody } from '../parsing/body.ts';
import { asTexts } from '../parsing/source-tree.ts';
import { parseOrRefuse } from '../parsing/validate.ts';
import { nonEmpty } from '../views/envelope.ts';

/** What a request says about a DeploymentTarget; `deploymentPatchSet` of 1.x is accepted and ignored (api.md 2.5). */
export interface TargetRequest {
  name: string | undefined;
  labels: Record<string, string> | undefined;
  annotations: Record<string, string> | undefined;
  /** Undefined: not given, which a `PUT` of an existing target may do, as its spec cannot change anyway. */
  spec: DeploymentTargetRecord['spec'] | undefined;
}

/** Reads a target's body. @throws {ValidationFailed} */
export async function readTarget(c: ApiContext): Promise<TargetRequest> {
  const { metadata, spec } = parseOrRefuse(targetBody, asTexts(await readBody(c)));
  return {
    name: metadata?.name,
    labels: nonEmpty(metadata?.labels),
    annotations: nonEmpty(metadata?.annotations),
    spec: spec === undefined ? undefined : kindOf(spec),
  };
}

/** Exactly one type of target. @throws {ValidationFailed} */
function kindOf(spec: {
  kubernetes?: { namespace: string; context?: string | undefined } | undefined;
  local?: object | undefined;
}): DeploymentTargetRecord['spec'] {
  if (spec.kubernetes !== undefined && spec.local !== undefined) {
    throw refused({ field: 'spec', message: 'must have one of kubernetes and local, not both' });
  }
  if (spec.kubernetes !== undefined) {
    const { namespace, context } = spec.kubernetes;
    return { kubernetes: { namespace, ...(context ? { context } : {}) } };
  }
  if (spec.local !== undefined) return { local: {} };
  throw missingSpec();
}

/** 400: a new target needs a type. */
export const missingSpec = (): ValidationFailed =>
  refused({ field: 'spec.kubernetes', message: 'is required; an empty namespace is the own one' });

/** 400 for one field. */
export const refused = (problem: FieldProblem): ValidationFailed => new ValidationFailed([problem]);
