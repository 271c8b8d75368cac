import { pinOfStop, restoreFields } from '../src/core/deployment/restore-points.ts';
import type { Pin } from '../src/core/deployment/state.ts';
import type { Handover } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { post, readyToSubmit, submit } from './submit.ts';

/** The savepoint that an old job ended with. */
interface Left {
  id: string;
  location: string;
}

/**
 * The way from an old job's end to the submission of the next one. Nothing is counted on it: what can be asked before is
 * asked while the old job still stops.
 * @returns hands over, once: stores what the next job starts from (S22, S24), then submits it. Whether that worked is for
 *   `start-job` to find out, which submits again unless Flink has the job. Answers the pin; `undefined`: it did not, for
 *   the strategy does not start from the stop's savepoint, or the job is not wanted any more.
 */
export function readyToHandOver(
  deps: ActivityDeps,
  next: Handover,
  signal: AbortSignal,
): (left: Left) => Promise<Pin | undefined> {
  // A cluster that is not ready now may be by then.
  const early = readyToSubmit(deps, next, signal).catch(() => undefined);
  return async (left) => {
    const pin = pinOfStop(left, next.restoreStrategy);
    if (!pin || !(await isWanted(deps, next))) return undefined;
    try {
      await writeIntent(deps, next, pin);
      const ready = await early;
      await (ready
        ? post(ready, { ...next, pin }, signal)
        : submit(deps, { ...next, pin }, signal));
    } catch (error) {
      // Not answered in time, or refused: unknown, so the job counts as one that may run.
      if (signal.aborted) throw error;
    }
    return pin;
  };
}

/** News of a newer wish takes seconds to reach a call that waits; the store knows it at once. */
async function isWanted(deps: ActivityDeps, { record }: Handover): Promise<boolean> {
  const deployment = await deps.store.deployments.get(record.deploymentId);
  return deployment?.spec.state === 'RUNNING' && deployment.specVersion === record.specVersion;
}

/** The job's row learns what it starts from. The savepoint's own row is left to the workflow (F65). */
const writeIntent = (deps: ActivityDeps, { record, fence }: Handover, pin: Pin): Promise<unknown> =>
  deps.store.write({
    deploymentId: record.deploymentId,
    namespace: record.namespace,
    fence,
    at: deps.now(),
    events: [],
    jobs: [{ ...record, spec: { ...record.spec, ...restoreFields(pin) } }],
  });
