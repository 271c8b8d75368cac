import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Refused } from '../core/errors/index.ts';
import { errorSays, readBody, unreachable } from './answers.ts';
import type { FlinkEndpoint, SavepointRequest } from './client.ts';
import { pathOf } from './job-calls.ts';
import { rootCause } from './root-cause.ts';
import { operationReply, toOperation } from './savepoint-operation.ts';
import type { FlinkCall, FlinkLimits, Send } from './transport.ts';

const triggerReply = z.object({ 'request-id': z.string() });

/** Between two looks at a disposal, which takes well under a second (flink.md 5). */
const disposalPollMs = 100;

/** Savepoints, the stop with one, and their disposal. */
export function savepointCalls(
  send: Send,
  limits: FlinkLimits,
): Pick<
  FlinkEndpoint,
  'triggerSavepoint' | 'stopWithSavepoint' | 'savepointOperation' | 'disposeSavepoint'
> {
  return {
    triggerSavepoint: (request, signal) => trigger(send, savepointCall(request), request, signal),
    stopWithSavepoint: (request, signal) => trigger(send, stopCall(request), request, signal),
    async savepointOperation(jobId, triggerId, signal) {
      const path = `${pathOf(jobId)}/savepoints/${encodeURIComponent(triggerId)}`;
      const answer = await send({ method: 'GET', path }, signal);
      // The same words for "never asked", "expired" and "the JobManager restarted".
      if (errorSays(answer, /There is no savepoint operation with triggerId/)) {
        return { status: 'unknown' };
      }
      return toOperation(readBody(operationReply, answer));
    },
    async disposeSavepoint(path, signal) {
      const json = { 'savepoint-path': path };
      const answer = await send({ method: 'POST', path: '/savepoint-disposal', json }, signal);
      const id = readBody(triggerReply, answer)['request-id'];
      await disposed(send, `/savepoint-disposal/${encodeURIComponent(id)}`, limits, signal);
    },
  };
}

const savepointCall = ({ jobId, targetDirectory, triggerId }: SavepointRequest): FlinkCall => ({
  method: 'POST',
  path: `${pathOf(jobId)}/savepoints`,
  // `cancel-job: true` would not be atomic (reliability.md 3.1).
  json: { 'target-directory': targetDirectory, 'cancel-job': false, triggerId },
});

/** Its fields are camelCase where those of a savepoint have dashes; a wrong one is ignored silently. */
const stopCall = (request: SavepointRequest & { drain?: boolean }): FlinkCall => ({
  method: 'POST',
  path: `${pathOf(request.jobId)}/stop`,
  json: {
    targetDirectory: request.targetDirectory,
    drain: request.drain ?? false,
    triggerId: request.triggerId,
  },
});

async function trigger(
  send: Send,
  call: FlinkCall,
  request: SavepointRequest,
  signal: AbortSignal,
): Promise<void> {
  const answer = await send(call, signal);
  const id = readBody(triggerReply, answer)['request-id'];
  // A version that does not know `triggerId` would make one savepoint per repeat.
  if (id !== request.triggerId) throw unreachable(answer.source, `it speaks of trigger ${id}`);
}

async function disposed(send: Send, path: string, limits: FlinkLimits, signal: AbortSignal) {
  const deadline = performance.now() + limits.runTimeoutMs;
  for (;;) {
    const answer = await send({ method: 'GET', path }, signal);
    const { status, operation } = readBody(operationReply, answer);
    const failure = operation?.['failure-cause'];
    if (failure) {
      const cause = rootCause([failure.class ?? '', failure['stack-trace'] ?? '']);
      throw new Refused('SAVEPOINT_FAILED', `Flink could not dispose of the savepoint: ${cause}`);
    }
    if (status.id === 'COMPLETED') return;
    if (performance.now() > deadline) throw unreachable(answer.source, 'the disposal does not end');
    await pause(disposalPollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
