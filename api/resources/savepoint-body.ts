import { ValidationFailed } from '../../src/core/errors/index.ts';
import type { ApiSettings } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { savepointBody } from '../openapi/shapes/savepoint.ts';
import { readBody } from '../parsing/body.ts';
import { asTexts } from '../parsing/source-tree.ts';
import { parseOrRefuse } from '../parsing/validate.ts';
import { specVersionKey } from '../views/annotations.ts';
import { locationProblem } from './savepoint-location.ts';

/** A read request for a Savepoint. Without `registration` it asks for a new one. */
export interface SavepointRequest {
  deploymentId: string;
  registration?: { location: string; flinkSavepointId?: string; specVersion?: number };
}

/**
 * Reads the body of `POST …/savepoints` (api.md 2.3, 3.8).
 * @throws {ValidationFailed} without a Deployment's id, or with a location that must not be registered (N10).
 */
export async function readSavepoint(
  c: ApiContext,
  namespace: string,
  { storageUri }: Pick<ApiSettings, 'storageUri'>,
): Promise<SavepointRequest> {
  const { metadata, spec } = parseOrRefuse(savepointBody, asTexts(await readBody(c)));
  // Clients exist that put the id into spec (api.md 2.3).
  const deploymentId = metadata?.deploymentId ?? spec?.deploymentId;
  if (deploymentId === undefined) {
    throw new ValidationFailed([{ field: 'metadata.deploymentId', message: 'is required' }]);
  }
  const location = spec?.savepointLocation;
  if (location === undefined) return { deploymentId };
  const problem = locationProblem(location, namespace, storageUri);
  if (problem !== undefined) {
    throw new ValidationFailed([{ field: 'spec.savepointLocation', message: problem }]);
  }
  const flinkSavepointId = spec?.flinkSavepointId;
  const specVersion = Number(metadata?.annotations?.[specVersionKey]);
  return {
    deploymentId,
    registration: {
      location,
      ...(flinkSavepointId === undefined ? {} : { flinkSavepointId }),
      ...(Number.isSafeInteger(specVersion) && specVersion > 0 ? { specVersion } : {}),
    },
  };
}
