import type { DeploymentStatus } from '../../src/core/records.ts';
import { serverAnnotationPrefix } from '../../src/core/vocabulary.ts';

/** `deployment.spec.version` on a Deployment, Job or Savepoint: a decimal text (api.md 1.7). */
export const specVersionKey = `${serverAnnotationPrefix}deployment.spec.version`;
const transitioningKey = `${serverAnnotationPrefix}deployment.transitioning`;
const sinceKey = `${serverAnnotationPrefix}deployment.transitioning.since`;

/** Annotation of a Job or Savepoint: the Deployment's version they were made under. */
export const madeUnder = (specVersion: number): Record<string, string> => ({
  [specVersionKey]: String(specVersion),
});

/**
 * The server's three annotations of a Deployment, and no more: clients diff the reply against the user's file minus just
 * these (drift trap, api.md 1.7).
 */
export function deploymentAnnotations(
  specVersion: number,
  status: DeploymentStatus,
): Record<string, string> {
  const transitioning = status.state === 'TRANSITIONING';
  const since = transitioning ? status.transitioningSince : undefined;
  return {
    ...madeUnder(specVersion),
    [transitioningKey]: String(transitioning),
    ...(since === undefined ? {} : { [sinceKey]: String(since) }),
  };
}
