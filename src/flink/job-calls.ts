import { z } from 'zod';
import { flinkJobStates } from '../core/vocabulary.ts';
import { errorSays, readBody, readIfKnown, saysJobNotKnown } from './answers.ts';
import type { FlinkEndpoint, FlinkJob } from './client.ts';
import type { Send } from './transport.ts';

const state = z.enum(flinkJobStates);

const jobReply = z.object({
  jid: z.string(),
  name: z.string(),
  state,
  'start-time': z.number(),
  /** -1 while the job lives. */
  'end-time': z.number(),
  maxParallelism: z.number().optional(),
  vertices: z.array(
    z.object({ id: z.string(), name: z.string(), parallelism: z.number(), status: z.string() }),
  ),
});

const statusReply = z.object({ status: state });

const jobConfigurationReply = z.object({
  // Absent while the job is INITIALIZING.
  'execution-config': z.object({
    'job-parallelism': z.number(),
    'user-config': z.record(z.string(), z.string()),
  }),
});

/** Questions about one job's identity, state and effective configuration. */
export function jobCalls(
  send: Send,
): Pick<FlinkEndpoint, 'job' | 'jobState' | 'jobConfiguration' | 'cancel'> {
  return {
    async job(jobId, signal) {
      const answer = await send({ method: 'GET', path: pathOf(jobId) }, signal);
      const reply = readIfKnown(jobReply, answer);
      return reply && toJob(reply);
    },
    async jobState(jobId, signal) {
      const answer = await send({ method: 'GET', path: `${pathOf(jobId)}/status` }, signal);
      return readIfKnown(statusReply, answer)?.status;
    },
    async jobConfiguration(jobId, signal) {
      const answer = await send({ method: 'GET', path: `${pathOf(jobId)}/config` }, signal);
      const reply = readIfKnown(jobConfigurationReply, answer)?.['execution-config'];
      return reply && { parallelism: reply['job-parallelism'], userConfig: reply['user-config'] };
    },
    async cancel(jobId, signal) {
      const answer = await send({ method: 'PATCH', path: `${pathOf(jobId)}?mode=cancel` }, signal);
      if (saysJobNotKnown(answer)) return 'not-found';
      // 409, in older versions 500 (reliability.md 3.1): the words decide.
      if (errorSays(answer, /already reached another terminal state/)) return 'terminal';
      readBody(z.unknown(), answer);
      return 'accepted';
    },
  };
}

/** Path of a job's resources. */
export const pathOf = (jobId: string): string => `/jobs/${encodeURIComponent(jobId)}`;

function toJob(reply: z.infer<typeof jobReply>): FlinkJob {
  const { jid: id, name, maxParallelism, vertices } = reply;
  const endTime = reply['end-time'];
  return {
    id,
    name,
    state: reply.state,
    startTime: reply['start-time'],
    ...(endTime > 0 && { endTime }),
    ...(maxParallelism !== undefined && { maxParallelism }),
    vertices,
  };
}
