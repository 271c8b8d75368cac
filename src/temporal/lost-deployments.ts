import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Logger } from 'pino';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import type { DeploymentRecord } from '../core/records.ts';
import type { Store } from '../store/store.ts';
import type { DeploymentAddress } from './deployment-commands.ts';
import { describeOpenRun, listOpenRuns, startDeployment } from './deployment-workflow.ts';
import { fromTemporal } from './errors.ts';

export interface LostDeploymentsDeps {
  client: Client;
  store: Store;
  log: Logger;
  /** One call to Temporal, ms. Default 5 s. */
  callMs?: number;
  /**
   * A row that seems to have no workflow is looked at again after this, ms, before anything is done: its creation may be
   * under way. Longer than one call. Default 6 s.
   */
  graceMs?: number;
}

/** `open`: a run that may write was there already. `gone`: no such Deployment. */
export type Restored = 'restored' | 'open' | 'gone';

export interface LostDeployments {
  /** Makes sure that the Deployment has a workflow, starting one from the store if need be (F65). */
  restore(at: DeploymentAddress): Promise<Restored>;
  /** Does so for every Deployment that seems to have none. @returns how many were restored. */
  sweep(stop?: AbortSignal): Promise<number>;
}

/**
 * Brings back Deployments whose workflow was lost: terminated by hand, gone with Temporal's data, or never started. Rule:
 * the highest fence wins. A run below its row's fence can write nothing, so it is replaced; however calls of several
 * processes interleave, the next look finds that and mends it.
 */
export function createLostDeployments(deps: LostDeploymentsDeps): LostDeployments {
  const underWay = new Map<string, Promise<Restored>>();
  const restore = (at: DeploymentAddress): Promise<Restored> => {
    // A burst of requests for one lost Deployment must not replace each other's fresh run.
    const shared = underWay.get(at.id);
    if (shared) return shared;
    const mine = restoreOne(deps, at).finally(() => underWay.delete(at.id));
    underWay.set(at.id, mine);
    return mine;
  };
  return { restore, sweep: (stop) => sweep(deps, restore, stop) };
}

async function restoreOne(deps: LostDeploymentsDeps, at: DeploymentAddress): Promise<Restored> {
  const row = await deps.store.deployments.get(at.id);
  if (row?.namespace !== at.namespace) return 'gone';
  const open = await call(deps, () => describeOpenRun(deps.client, at.namespace, at.id));
  if (open && open.fence >= row.fence) return 'open';
  const raised = await deps.store.deployments.raiseFence(at.id);
  if (!raised) return 'gone';
  const record = takingStock(raised);
  const started = await startIfNewest(deps, record);
  if (started) {
    const fields = { deployment: record.id, namespace: record.namespace, fence: record.fence };
    deps.log.warn(fields, 'deployment had no workflow and was taken up from the store');
  }
  return started ? 'restored' : 'open';
}

/** The new incarnation looks at what runs before it does anything. */
const takingStock = (record: DeploymentRecord): DeploymentRecord => ({
  ...record,
  workflowState: { ...record.workflowState, fence: record.fence, mustTakeStock: true },
});

async function startIfNewest(
  deps: LostDeploymentsDeps,
  record: DeploymentRecord,
): Promise<boolean> {
  try {
    await call(deps, () => startDeployment(deps.client, record, 'again'));
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const { namespace, id, fence } = record;
  const open = await call(deps, () => describeOpenRun(deps.client, namespace, id));
  if (open && open.fence >= fence) return false;
  await call(deps, () => startDeployment(deps.client, record, 'instead'));
  return true;
}

async function sweep(
  deps: LostDeploymentsDeps,
  restore: LostDeployments['restore'],
  stop: AbortSignal | undefined,
): Promise<number> {
  const rows = await deps.store.deployments.listForSweep();
  const open = await call(deps, () => listOpenRuns(deps.client));
  const suspects = rows.filter(({ namespace, id, fence }) => {
    const run = open.get(deploymentWorkflowId(namespace, id));
    return run === undefined || run.fence < fence;
  });
  if (suspects.length === 0) return 0;
  await sleep(deps.graceMs ?? 6_000, undefined, stop ? { signal: stop } : {});
  let restored = 0;
  for (const suspect of suspects) {
    if (stop?.aborted) break;
    try {
      if ((await restore(suspect)) === 'restored') restored += 1;
    } catch (error) {
      const fields = { deployment: suspect.id, namespace: suspect.namespace, error };
      deps.log.warn(fields, 'deployment without workflow could not be taken up, will try again');
    }
  }
  return restored;
}

async function call<T>(deps: LostDeploymentsDeps, action: () => Promise<T>): Promise<T> {
  try {
    return await deps.client.withDeadline(Date.now() + (deps.callMs ?? 5_000), action);
  } catch (error) {
    throw fromTemporal(error);
  }
}
