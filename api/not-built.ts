import { ApiProblem } from './errors/api-problem.ts';

const ns = '{ns}';
const api = `/api/v1/namespaces/${ns}`;
const every = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Namespaces and tokens as 1.x had them (api.md 2.16). */
const kubernetesStyle = ['GET', 'POST', 'DELETE'];

/**
 * Operations of the original (api.md 2) that Sluice does not have yet. They answer 501: a 404 would tell clients that a
 * thing does not exist, and they would go on to create it (api.md 1.9).
 */
export const notBuilt: readonly (readonly [methods: string[], path: string])[] = [
  [['DELETE'], `${api}/savepoints/{id}`],
  [['PATCH', 'PUT'], `${api}/deployment-defaults`],
  [['GET'], '/api/v1/global-deployment-defaults'],
  [['GET'], '/api/v1/global-sessioncluster-defaults'],
  [every, `${api}/secret-values`],
  [every, `${api}/secret-values/{name}`],
  [every, `${api}/sessionclusters`],
  [every, `${api}/sessionclusters/{name}`],
  [kubernetesStyle, '/api/v1/namespaces'],
  [kubernetesStyle, '/api/v1/namespaces/{name}'],
  [kubernetesStyle, '/api/v1/api-tokens'],
  [kubernetesStyle, '/api/v1/api-tokens/{name}'],
  [every, '/namespaces/v1/namespaces'],
  [every, '/namespaces/v1/namespaces/{name}'],
  [every, `/apitokens/v1/namespaces/${ns}/apitokens`],
  [every, `/apitokens/v1/namespaces/${ns}/apitokens/{name}`],
  [every, `/autopilot/v1alpha1/namespaces/${ns}/*`],
  [every, `/sql/v1beta1/namespaces/${ns}/*`],
];

/** 501, never retried by well-behaved clients. */
export function refuseNotBuilt(): never {
  throw new ApiProblem({
    status: 501,
    code: 'UNIMPLEMENTED',
    reason: 'NOT_BUILT_YET',
    message: 'Sluice does not have this operation yet; see /openapi.json for those it has.',
  });
}
