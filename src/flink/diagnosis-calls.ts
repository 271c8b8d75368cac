import { z } from 'zod';
import { readBody, saysJobNotKnown } from './answers.ts';
import type { FlinkEndpoint } from './client.ts';
import { pathOf } from './job-calls.ts';
import { rootCause } from './root-cause.ts';
import type { Send } from './transport.ts';

const failure = z.object({ exceptionName: z.string().nullish(), stacktrace: z.string().nullish() });

const entrySchema = failure.extend({
  timestamp: z.number(),
  concurrentExceptions: z.array(failure).nullish(),
});

const exceptionsReply = z.object({
  exceptionHistory: z.object({ entries: z.array(entrySchema) }),
});

const metricsReply = z.array(z.object({ id: z.string(), value: z.string().optional() }));

/** Jackson writes a double that is no number as a string: `"NaN"`. */
const aggregate = z.union([z.number(), z.string()]).optional();
const aggregatesReply = z.array(
  z.object({ id: z.string(), sum: aggregate, max: aggregate, min: aggregate }),
);

/** Questions for people and dashboards. A job unknown here has no entries: no decision rests on an empty answer. */
export function diagnosisCalls(
  send: Send,
): Pick<FlinkEndpoint, 'exceptions' | 'metrics' | 'vertexMetrics'> {
  return {
    async exceptions(jobId, max, signal) {
      const path = `${pathOf(jobId)}/exceptions?maxExceptions=${max}`;
      const answer = await send({ method: 'GET', path }, signal);
      if (saysJobNotKnown(answer)) return [];
      const { entries } = readBody(exceptionsReply, answer).exceptionHistory;
      return entries
        .map((entry) => ({ at: entry.timestamp, rootCause: causeOf(entry) }))
        .sort((one, other) => other.at - one.at);
    },
    async metrics(jobId, names, signal) {
      const path = `${pathOf(jobId)}/metrics?get=${listed(names)}`;
      const answer = await send({ method: 'GET', path }, signal);
      if (saysJobNotKnown(answer)) return {};
      const known = readBody(metricsReply, answer).map(({ id, value }) => [id, value] as const);
      return pick(names, new Map(known), (value) => value);
    },
    async vertexMetrics(jobId, vertexId, names, kind, signal) {
      const vertex = `${pathOf(jobId)}/vertices/${encodeURIComponent(vertexId)}`;
      const ask = (some: string[]) => aggregates(send, vertex, some, kind, signal);
      const all = await ask(names);
      // One name it does not know makes Flink leave out the others as well (measured on 1.20.5 and 2.3.0).
      if (all.length > 0 || names.length < 2) return pick(names, new Map(all), finite);
      const each = await Promise.all(names.map((name) => ask([name])));
      return pick(names, new Map(each.flat()), finite);
    },
  };
}

async function aggregates(
  send: Send,
  vertex: string,
  names: readonly string[],
  kind: 'sum' | 'max' | 'min',
  signal: AbortSignal,
): Promise<[name: string, value: unknown][]> {
  const path = `${vertex}/subtasks/metrics?get=${listed(names)}&agg=${kind}`;
  const answer = await send({ method: 'GET', path }, signal);
  if (saysJobNotKnown(answer)) return [];
  return readBody(aggregatesReply, answer).map((one) => [one.id, one[kind]]);
}

const listed = (names: readonly string[]): string => names.map(encodeURIComponent).join(',');

const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** What was asked for and is there: keys come from the caller, never from the answer (F36b). */
function pick<From, To>(
  names: readonly string[],
  known: ReadonlyMap<string, From>,
  convert: (value: From | undefined) => To | undefined,
): Record<string, To> {
  const found: Record<string, To> = {};
  for (const name of names) {
    const value = convert(known.get(name));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** An entry that only says that restarts are used up keeps the reason beside it (flink.md 8). */
function causeOf(entry: z.infer<typeof entrySchema>): string {
  const own = rootCause([entry.exceptionName ?? '', entry.stacktrace ?? '']);
  const beside = entry.concurrentExceptions?.[0]?.stacktrace;
  return beside && own.includes('Recovery is suppressed by') ? rootCause([beside]) : own;
}
