import { z } from 'zod';
import { flinkJobStates } from '../core/vocabulary.ts';
import { readBody } from './answers.ts';
import type { FlinkEndpoint } from './client.ts';
import type { Send } from './transport.ts';

const count = z.number().int();

const overviewReply = z.object({
  taskmanagers: count,
  'slots-total': count,
  'slots-available': count,
  'flink-version': z.string(),
});

/** `/jobmanager/config` as a map; a key named `__proto__` is no key of Flink's and is left out (F36b). */
export const configurationReply = z
  .array(z.object({ key: z.string(), value: z.string() }))
  .transform((entries) =>
    Object.fromEntries(
      entries.filter(({ key }) => key !== '__proto__').map(({ key, value }) => [key, value]),
    ),
  );

const taskManagersReply = z.object({
  taskmanagers: z.array(z.object({ id: z.string(), slotsNumber: count, freeSlots: count })),
});

const jobsReply = z.object({
  jobs: z.array(z.object({ jid: z.string(), name: z.string(), state: z.enum(flinkJobStates) })),
});

/** Questions about the cluster as a whole. */
export function clusterCalls(
  send: Send,
): Pick<FlinkEndpoint, 'overview' | 'configuration' | 'taskManagers' | 'jobs'> {
  return {
    async overview(signal) {
      const reply = readBody(
        overviewReply,
        await send({ method: 'GET', path: '/overview' }, signal),
      );
      return {
        flinkVersion: reply['flink-version'],
        taskManagers: reply.taskmanagers,
        slotsTotal: reply['slots-total'],
        slotsAvailable: reply['slots-available'],
      };
    },
    async configuration(signal) {
      const answer = await send({ method: 'GET', path: '/jobmanager/config' }, signal);
      return readBody(configurationReply, answer);
    },
    async taskManagers(signal) {
      const answer = await send({ method: 'GET', path: '/taskmanagers' }, signal);
      return readBody(taskManagersReply, answer).taskmanagers.map(
        ({ id, slotsNumber, freeSlots }) => ({ id, slots: slotsNumber, freeSlots }),
      );
    },
    async jobs(signal) {
      const answer = await send({ method: 'GET', path: '/jobs/overview' }, signal);
      return readBody(jobsReply, answer).jobs.map(({ jid, name, state }) => ({
        id: jid,
        name,
        state,
      }));
    },
  };
}
