import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { until } from '../../src/setup/flink-rest.ts';
import { findRuntimes } from '../../src/setup/runtimes.ts';
import { type PlainFlink, runCounter, untilReady } from './plain-flink.ts';

interface Running {
  cluster: PlainFlink;
  jobId: string;
}

/** Upgrades of one running counter by a script that knows Flink well and minds nothing but speed: the best to hope for. */
export class PlainUpgrades {
  readonly #start: () => Promise<PlainFlink>;
  readonly #jar: string;
  readonly #parallelism: number;
  #running: Running | undefined;

  private constructor(start: () => Promise<PlainFlink>, jar: string, parallelism: number) {
    this.#start = start;
    this.#jar = jar;
    this.#parallelism = parallelism;
  }

  /** @param start begins a new cluster, whose end is the caller's. */
  static async begin(
    start: () => Promise<PlainFlink>,
    jar: string,
    parallelism: number,
  ): Promise<PlainUpgrades> {
    const upgrades = new PlainUpgrades(start, jar, parallelism);
    await upgrades.#runNew();
    return upgrades;
  }

  /** The next cluster is up, warm and has the jar before the old job stops. @returns the gap, ms. */
  async warm(): Promise<number> {
    const old = await this.#counting();
    const next = await this.#make();
    await warmUp(next, this.#parallelism);
    const jar = await next.rest.upload(this.#jar);
    const location = await stop(old);
    this.#running = await this.#run(next, jar, location);
    await old.cluster.end();
    return gapOf(this.#running);
  }

  /** The old cluster ends before the next one starts. @returns the gap, ms. */
  async cold(): Promise<number> {
    await this.resume(await this.suspend());
    return gapOf(await this.#counting());
  }

  /** @returns where the savepoint is, once nothing runs any more. */
  async suspend(): Promise<string> {
    const old = await this.#counting();
    const location = await stop(old);
    await old.cluster.end();
    this.#running = undefined;
    return location;
  }

  /** A new cluster goes on from there. @returns where, once all tasks run. */
  async resume(savepoint: string): Promise<Running> {
    return await this.#runNew(savepoint);
  }

  async #runNew(savepoint?: string): Promise<Running> {
    const next = await this.#make();
    this.#running = await this.#run(next, await next.rest.upload(this.#jar), savepoint);
    return this.#running;
  }

  async #make(): Promise<PlainFlink> {
    const cluster = await this.#start();
    await untilReady(cluster);
    return cluster;
  }

  async #run(cluster: PlainFlink, jar: string, savepointPath?: string): Promise<Running> {
    const run = { jar, parallelism: this.#parallelism };
    const jobId = await runCounter(cluster, { ...run, ...(savepointPath && { savepointPath }) });
    return { cluster, jobId };
  }

  async #counting(): Promise<Running> {
    if (!this.#running) throw new Error('nothing runs');
    await countOf(this.#running);
    return this.#running;
  }
}

/** As often as Sluice looks while a stop is young: neither side wins by its rhythm. */
const stopLookMs = 25;

const operation = z.object({
  status: z.object({ id: z.string() }),
  operation: z.object({ location: z.string() }).nullish(),
});

/** @returns where the savepoint is. @throws when there is none. */
async function stop({ cluster: { rest }, jobId }: Running): Promise<string> {
  const triggerId = randomUUID().replaceAll('-', '');
  await rest.call('POST', `/jobs/${jobId}/stop`, JSON.stringify({ triggerId }));
  for (;;) {
    const seen = operation.parse(await rest.get(`/jobs/${jobId}/savepoints/${triggerId}`));
    if (seen.operation) return seen.operation.location;
    if (seen.status.id === 'COMPLETED') throw new Error('the stop left no savepoint');
    await pause(stopLookMs);
  }
}

const jobState = z.object({ state: z.string() });

/** The very warm-up job that Sluice runs on a standby. */
async function warmUp({ rest }: PlainFlink, parallelism: number): Promise<void> {
  const jar = await rest.upload(findRuntimes().warmUpJar);
  const body = JSON.stringify({ parallelism });
  const { jobid } = z
    .object({ jobid: z.string() })
    .parse(await rest.call('POST', `/jars/${jar}/run`, body));
  for (;;) {
    const { state } = jobState.parse(await rest.get(`/jobs/${jobid}`));
    if (state === 'FINISHED') return;
    await pause(50);
  }
}

const metrics = z.array(z.object({ id: z.string(), max: z.number() }));
const names = ['firstAt', 'restoredLastAt'].map((name) => `counter.${name}`);

/** Since the job counts, when it did first and when the one before it did last. One subtask: its maximum is its value. */
async function countOf({ cluster: { rest }, jobId }: Running): Promise<[number, number]> {
  const { vertices } = await rest.job(jobId);
  const id = vertices.find(({ name }) => name.startsWith('counter'))?.id;
  const path = `/jobs/${jobId}/vertices/${id}/subtasks/metrics?get=${names}`;
  return await until('a first number', async () => {
    const read = metrics.parse(await rest.get(path));
    const [first, last] = names.map((name) => read.find((metric) => metric.id === name)?.max);
    return first && last !== undefined ? [first, last] : undefined;
  });
}

async function gapOf(running: Running): Promise<number> {
  const [first, restoredLast] = await countOf(running);
  return first - restoredLast;
}
