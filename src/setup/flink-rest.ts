import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Refused } from '../core/errors/index.ts';

/** How long one wait may take: a first start on a busy machine without archives took 15 s. */
const patienceMs = 90_000;

const uploaded = z.object({ filename: z.string() });
const operation = z.object({
  status: z.object({ id: z.string() }),
  operation: z.object({ location: z.string().optional() }).nullish(),
});
const jobDetail = z.object({
  state: z.string(),
  vertices: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })),
});

/** How to run a job of an uploaded jar. */
export interface RunRequest {
  jar: string;
  args: string[];
  parallelism: number;
  savepointPath?: string;
  allowNonRestoredState?: boolean;
}

/**
 * Just enough of Flink's REST interface to drive a throw-away cluster of our own. Not for a cluster that matters: it
 * neither proves whose cluster answers nor tells an outage from an answer; `src/flink` does.
 */
export class FlinkRest {
  readonly #base: string;
  constructor(base: string) {
    this.#base = base;
  }

  get(path: string): Promise<unknown> {
    return this.call('GET', path);
  }

  /** @throws {Refused} SETUP_INCOMPLETE: anything but a 2xx, with the end of Flink's explanation. */
  async call(method: string, path: string, body?: FormData | string): Promise<unknown> {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(`${this.#base}${path}`, { method, signal, ...(body && { body }) });
    if (answer.ok) return await answer.json();
    const text = (await answer.text()).slice(-1_000);
    const call = `${method} ${path}`;
    throw new Refused('SETUP_INCOMPLETE', `Flink answered ${answer.status} to ${call}: ${text}`);
  }

  /** @returns the id to run it by. */
  async upload(jar: string): Promise<string> {
    const form = new FormData();
    form.set('jarfile', await openAsBlob(jar), 'job.jar');
    const { filename } = uploaded.parse(await this.call('POST', '/jars/upload', form));
    return filename.slice(filename.lastIndexOf('/') + 1);
  }

  /** @returns the job's id, once all its tasks run. */
  async run({ jar, args, ...more }: RunRequest): Promise<string> {
    const jobId = newId();
    const body = { jobId, programArgsList: args, ...more };
    await this.call('POST', `/jars/${jar}/run`, JSON.stringify(body));
    await until('running tasks', async () => {
      const { vertices } = await this.job(jobId);
      return vertices.every(({ status }) => status === 'RUNNING') || undefined;
    });
    return jobId;
  }

  async job(jobId: string): Promise<z.infer<typeof jobDetail>> {
    return jobDetail.parse(await this.get(`/jobs/${jobId}`));
  }

  /** Takes a savepoint, or stops with one; @returns where it is. */
  async capture(jobId: string, kind: 'savepoints' | 'stop'): Promise<string> {
    const triggerId = newId();
    await this.call('POST', `/jobs/${jobId}/${kind}`, JSON.stringify({ triggerId }));
    return await until(`the answer to ${kind}`, async () => {
      const reply = operation.parse(await this.get(`/jobs/${jobId}/savepoints/${triggerId}`));
      return reply.status.id === 'COMPLETED' ? reply.operation?.location : undefined;
    });
  }
}

/** 32 hexadecimal digits, as Flink writes its ids. */
const newId = (): string => randomUUID().replaceAll('-', '');

/**
 * Asks until there is an answer; failed calls count as none, since a Flink that starts refuses everything.
 * @throws {Refused} SETUP_INCOMPLETE: none in time.
 */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    const answer = await ask().catch((error: unknown) => {
      cause = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    await pause(100);
  }
  const waited = `${patienceMs / 1_000} s`;
  throw new Refused('SETUP_INCOMPLETE', `Flink did not show ${what} in ${waited}`, { cause });
}
