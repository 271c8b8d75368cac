import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Refused } from '../core/errors/index.ts';

/** How long one wait may take: a first start on a busy machine without archives took 15 s. */
const patienceMs = 90_000;

const operation = z.object({
  status: z.object({ id: z.string() }),
  operation: z.object({ location: z.string().optional() }).nullish(),
});
const jobDetail = z.object({
  state: z.string(),
  vertices: z.array(z.object({ status: z.string() })),
});

/**
 * Takes a fresh cluster through what every Deployment does, so that the classes for it get loaded: upload, run,
 * savepoint, stop with savepoint, run from it, cancel, and what a watcher reads in between.
 * @param jar the warm-up job.
 * @throws {Refused} SETUP_INCOMPLETE: Flink did not come up, or a part of it failed.
 */
export async function exerciseCluster(rest: string, jar: string): Promise<void> {
  const client = new RestClient(rest);
  const taskManagers = z.object({ taskmanagers: z.array(z.unknown()).min(1) });
  await until('a TaskManager', async () => taskManagers.parse(await client.get('/taskmanagers')));
  const jarId = await client.upload(jar);
  const first = await client.run(jarId);
  await client.captured(first, 'savepoints', { 'target-directory': null });
  for (const part of ['checkpoints', 'exceptions', 'config', 'metrics'])
    await client.get(`/jobs/${first}/${part}`);
  const savepoint = await client.captured(first, 'stop', { drain: false });
  const second = await client.run(jarId, { savepointPath: savepoint });
  await client.call('PATCH', `/jobs/${second}?mode=cancel`);
  await until('the end of the job', async () => {
    const { state } = jobDetail.parse(await client.get(`/jobs/${second}`));
    return state === 'CANCELED' ? state : undefined;
  });
}

class RestClient {
  readonly #rest: string;
  constructor(rest: string) {
    this.#rest = rest;
  }

  get(path: string): Promise<unknown> {
    return this.call('GET', path);
  }

  async call(method: string, path: string, body?: FormData | string): Promise<unknown> {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(`${this.#rest}${path}`, { method, signal, ...(body && { body }) });
    if (answer.ok) return await answer.json();
    const text = (await answer.text()).slice(-1_000);
    throw new Refused(
      'SETUP_INCOMPLETE',
      `Flink answered ${answer.status} to ${method} ${path}: ${text}`,
    );
  }

  async upload(jar: string): Promise<string> {
    const form = new FormData();
    form.set('jarfile', await openAsBlob(jar), 'warm-up.jar');
    const reply = z
      .object({ filename: z.string() })
      .parse(await this.call('POST', '/jars/upload', form));
    return reply.filename.slice(reply.filename.lastIndexOf('/') + 1);
  }

  /** Runs the job for as long as nobody stops it; returns its id once all its tasks run. */
  async run(jarId: string, more: { savepointPath?: string } = {}): Promise<string> {
    const jobId = randomUUID().replaceAll('-', '');
    const body = { jobId, parallelism: 1, programArgsList: ['1000000000', '100'], ...more };
    await this.call('POST', `/jars/${jarId}/run`, JSON.stringify(body));
    await until('running tasks', async () => {
      const { vertices } = jobDetail.parse(await this.get(`/jobs/${jobId}`));
      return vertices.every(({ status }) => status === 'RUNNING') || undefined;
    });
    return jobId;
  }

  /** Savepoint or stop with savepoint; returns where it is. */
  async captured(job: string, kind: 'savepoints' | 'stop', body: object): Promise<string> {
    const triggerId = randomUUID().replaceAll('-', '');
    await this.call('POST', `/jobs/${job}/${kind}`, JSON.stringify({ ...body, triggerId }));
    return await until(`the answer to ${kind}`, async () => {
      const reply = operation.parse(await this.get(`/jobs/${job}/savepoints/${triggerId}`));
      return reply.status.id === 'COMPLETED' ? reply.operation?.location : undefined;
    });
  }
}

/** Asks until there is an answer; failed calls count as none, since Flink starts by refusing everything. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
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
  throw new Refused('SETUP_INCOMPLETE', `Flink did not show ${what} in ${patienceMs / 1_000} s`, {
    cause,
  });
}
