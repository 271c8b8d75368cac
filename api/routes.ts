import type { ApiDeps } from './deps.ts';
import { describe } from './openapi/describe.ts';
import { artifactRoutes } from './resources/artifacts.ts';
import { defaultsRoutes } from './resources/deployment-defaults.ts';
import { targetRoutes } from './resources/deployment-targets.ts';
import { deploymentRoutes } from './resources/deployments.ts';
import { descriptionRoutes } from './resources/description.ts';
import { eventRoutes } from './resources/events.ts';
import { explanationRoutes } from './resources/explanation.ts';
import { jobRoutes } from './resources/jobs.ts';
import { probeRoutes } from './resources/probes.ts';
import { savepointRoutes } from './resources/savepoints.ts';
import { statusRoutes } from './resources/status.ts';
import { withCrRoutes } from './resources/with-cr.ts';
import type { Route } from './route.ts';

/** Every operation of the API. The order matters once: `with-cr` before `{idOrName}` (api.md 2.15). */
export function allRoutes(deps: ApiDeps): Route[] {
  const resources = [
    ...withCrRoutes(deps),
    ...deploymentRoutes(deps),
    ...explanationRoutes(deps),
    ...jobRoutes(deps),
    ...savepointRoutes(deps),
    ...eventRoutes(deps),
    ...targetRoutes(deps),
    ...defaultsRoutes(deps),
    ...artifactRoutes(deps),
    ...statusRoutes(deps),
    ...probeRoutes(deps),
  ];
  const all: Route[] = [
    ...resources,
    ...descriptionRoutes(deps, () => describe(all, deps.settings.reportedVersion)),
  ];
  return all;
}
