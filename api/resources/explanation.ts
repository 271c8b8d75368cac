import { type Explanation, explain } from '../../src/core/deployment/explain.ts';
import type { DeploymentState } from '../../src/core/deployment/state.ts';
import { Unreachable } from '../../src/core/errors/index.ts';
import type { DeploymentRecord } from '../../src/core/records.ts';
import { workflowIdOf, workflowPage } from '../../src/temporal/web-ui.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { explanationReply } from '../openapi/shapes/explanation.ts';
import { reply } from '../replies/reply.ts';
import { pathValue } from '../request.ts';
import type { Route } from '../route.ts';
import { present } from '../views/envelope.ts';
import { eventView } from '../views/event.ts';
import { viewOf } from './deployment-reading.ts';
import { requireDeployment } from './find-deployment.ts';

/** Enough for the latest transition; all are at `/events`. */
const latestEvents = 20;

/** "Why is it not running?", answered in one place. An extension: the original has nothing like it. */
export const explanationRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: '/api/v1/namespaces/{ns}/deployments/{idOrName}/explanation',
    tag: 'Deployments',
    summary: 'Why a Deployment is not (yet) as wanted, and what to do (extension of Sluice)',
    replies: { 200: { description: 'The explanation', schema: explanationReply } },
    handle: (c) => get(c, deps),
  },
];

async function get(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const record = await requireDeployment(deps.store, namespace, pathValue(c, 'idOrName'));
  const filter = { deploymentId: record.id, latest: latestEvents };
  const [told, waitsFor, { status }, events] = await Promise.all([
    ask(deps, record),
    askWhatItWaitsFor(deps, record),
    viewOf(deps, record),
    deps.store.events.list(namespace, filter),
  ]);
  const { stepWorkflowId, ...explanation } = told.explanation;
  const { id: deploymentId, name: deploymentName } = record;
  return reply(c, {
    kind: 'DeploymentExplanation',
    apiVersion: 'v1',
    metadata: { deploymentId, deploymentName, namespace },
    explanation: present({ ...explanation, waitsFor }),
    source: told.source,
    status,
    temporal: present({
      deployment: workflowView(deps, workflowIdOf(record)),
      step: stepWorkflowId === undefined ? undefined : workflowView(deps, stepWorkflowId),
    }),
    events: events.flatMap((event) => eventView(event, deps.settings.enumLevel) ?? []),
  });
}

/** Who explained, and if it was not the workflow itself, why not. */
interface Told {
  explanation: Explanation;
  source: { kind: 'workflow' } | { kind: 'store'; message: string };
}

/** An outage is when people ask, so the state that was stored last answers where the workflow does not. */
async function ask({ commands, log }: ApiDeps, record: DeploymentRecord): Promise<Told> {
  try {
    return { explanation: await commands.explain(record), source: { kind: 'workflow' } };
  } catch (error) {
    const { workflowState } = record;
    if (!(error instanceof Unreachable) || !isKnown(workflowState)) throw error;
    const fields = { deployment: record.id, namespace: record.namespace, err: error };
    log.warn(fields, 'workflow did not explain itself');
    const message = `The workflow did not answer: ${error.message}. This is what it stored last.`;
    return { explanation: explain(workflowState), source: { kind: 'store', message } };
  }
}

/** Without Temporal nobody knows; the rest of the answer says that it does not answer. */
async function askWhatItWaitsFor({ commands }: ApiDeps, { namespace, id }: DeploymentRecord) {
  try {
    return await commands.waits({ namespace, id });
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    throw error;
  }
}

/** The row is ours; only a later version may have written another shape. */
const isKnown = (
  stored: Record<string, unknown>,
): stored is Record<string, unknown> & DeploymentState => stored.schemaVersion === 1;

const workflowView = ({ temporalUi }: ApiDeps, workflowId: string) => ({
  workflowId,
  ...(temporalUi === undefined ? {} : { url: workflowPage(temporalUi, workflowId) }),
});
