import type { Client } from '@temporalio/client';
import {
  isGrpcDeadlineError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { deploymentWorkflowId, type Explanation, queries } from '../../workflows/messages.ts';
import { explanationSchema } from '../core/deployment/explanation-schema.ts';
import { Unreachable } from '../core/errors/index.ts';
import type { DeploymentRecord } from '../core/records.ts';
import { describeOpenRun } from './deployment-workflow.ts';
import { fromTemporal } from './errors.ts';

/** Which Deployment, and the incarnation that the store knows. */
type ExplainedDeployment = Pick<DeploymentRecord, 'namespace' | 'id' | 'fence'>;

/**
 * Asks the Deployment's workflow why it is not (yet) as wanted.
 * @param timeoutMs for all of it: a person waits for the answer, and the store holds a second-best one.
 * @throws {Unreachable} TEMPORAL_UNAVAILABLE when it does not answer, for whatever reason; the message names it.
 */
export async function explainDeployment(
  client: Client,
  deployment: ExplainedDeployment,
  timeoutMs: number,
): Promise<Explanation> {
  const deadline = Date.now() + timeoutMs;
  try {
    return await client.withDeadline(deadline, () => askOpenRun(client, deployment));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw silent('it has no workflow at the moment');
    if (error instanceof QueryNotRegisteredError) {
      throw silent(`the worker could not answer: ${error.message.slice(0, 300)}`);
    }
    throw fromTemporal(error);
  }
}

/** Looks at the run first: a closed one would answer, too, with what it knew when it ended. */
async function askOpenRun(
  client: Client,
  { namespace, id, fence }: ExplainedDeployment,
): Promise<Explanation> {
  const open = await describeOpenRun(client, namespace, id);
  if (open === undefined) throw silent('it has no workflow at the moment, and will get one anew');
  if (open.fence < fence) throw silent('its workflow is being replaced');
  const handle = client.workflow.getHandle(deploymentWorkflowId(namespace, id));
  const answer = await handle.query<unknown>(queries.explain).catch((error: unknown) => {
    // Temporal just answered, so it is a worker that does not.
    throw isGrpcDeadlineError(error) ? silent('no worker answered in time') : error;
  });
  const parsed = explanationSchema.safeParse(answer);
  if (!parsed.success) throw silent('the answer is not one that this version understands');
  return parsed.data;
}

const silent = (why: string): Unreachable => new Unreachable('TEMPORAL_UNAVAILABLE', why);
