import type { ArtifactStore } from '../../src/artifacts/artifacts.ts';
import type { DeploymentSpec } from '../../src/core/document/index.ts';

/** Of our own store it is known at once that a jar is not there; it may still come. */
export async function artifactWarnings(
  artifacts: ArtifactStore,
  { state, template }: DeploymentSpec,
): Promise<string[]> {
  if (state !== 'RUNNING') return [];
  const missing = await artifacts.missing(template.spec.artifact.jarUri);
  return missing === undefined
    ? []
    : [
        `spec.template.spec.artifact.jarUri names the artifact "${missing}", which is not there; a start fails until it is uploaded.`,
      ];
}
