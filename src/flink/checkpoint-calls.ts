import { z } from 'zod';
import { errorSays, type FlinkAnswer, readBody, saysJobNotKnown } from './answers.ts';
import { checkpointsReply, toCheckpoints } from './checkpoints.ts';
import type { FlinkEndpoint } from './client.ts';
import { pathOf } from './job-calls.ts';
import type { Send } from './transport.ts';

const checkpointConfigurationReply = z.object({
  interval: z.number(),
  timeout: z.number(),
  externalization: z.object({ enabled: z.boolean(), delete_on_cancellation: z.boolean() }),
});

/** Questions about a job's checkpoints. */
export function checkpointCalls(
  send: Send,
): Pick<FlinkEndpoint, 'checkpoints' | 'checkpointConfiguration'> {
  return {
    async checkpoints(jobId, signal) {
      const answer = await send({ method: 'GET', path: `${pathOf(jobId)}/checkpoints` }, signal);
      return hasNone(answer) ? undefined : toCheckpoints(readBody(checkpointsReply, answer));
    },
    async checkpointConfiguration(jobId, signal) {
      const path = `${pathOf(jobId)}/checkpoints/config`;
      const answer = await send({ method: 'GET', path }, signal);
      if (hasNone(answer)) return undefined;
      const { interval, timeout, externalization } = readBody(checkpointConfigurationReply, answer);
      // "Never" is Java's largest long, which is no exact number here.
      if (!Number.isSafeInteger(interval)) return undefined;
      return {
        intervalMs: interval,
        timeoutMs: timeout,
        retained: externalization.enabled && !externalization.delete_on_cancellation,
      };
    },
  };
}

/** The job is not known here, or it takes no checkpoints; a 404 of another kind stays unknown (S25). */
const hasNone = (answer: FlinkAnswer): boolean =>
  saysJobNotKnown(answer) ||
  errorSays(answer, /Checkpointing (has not been|was not|is not) enabled/);
