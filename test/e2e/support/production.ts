import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres } from '../../support/postgres.ts';
import { startTemporalServer } from '../../support/temporal-server.ts';
import { CounterDeployment } from './counter-deployment.ts';
import { FlinkTruth } from './flink-truth.ts';
import { JobWatch } from './job-watch.ts';
import { processes } from './kill-flink.ts';
import { SluiceUnderTest } from './sluice-under-test.ts';
import { endEverything } from './tear-down.ts';
import { until } from './until.ts';

/** The production shape (design.md 4): each part a process of its own, Postgres and a Temporal service not of our making. */
export interface Production {
  apis: readonly [SluiceUnderTest, SluiceUnderTest];
  workers: readonly [SluiceUnderTest, SluiceUnderTest];
  truth: FlinkTruth;
  /** Not created yet; asked through the first API. */
  counter: CounterDeployment;
  /** Waits until a JobManager runs for a Job other than this one. @returns the worker that started it. */
  workerBehindTheJobAfter(jobId: string): Promise<SluiceUnderTest>;
  /** Ends everything, also what never came up. @returns what the oracle saw, and what was left behind. */
  close(): Promise<string[]>;
}

/** @param token for every call of every API. */
export async function openProduction(token: string): Promise<Production> {
  const opened: Ending[] = [];
  const close = async (): Promise<string[]> => {
    const seen: string[] = [];
    for (const end of opened.splice(0).reverse()) {
      const found = await end().catch((error: unknown) => [String(error)]);
      seen.push(...(found ?? []));
    }
    return seen;
  };
  try {
    return { ...(await open(token, opened)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ends one part. @returns what must not be. */
type Ending = () => Promise<string[] | undefined>;

async function open(token: string, opened: Ending[]): Promise<Omit<Production, 'close'>> {
  const postgres = await startPostgres();
  opened.push(() => postgres.stop().then(() => undefined));
  const temporal = await startTemporalServer();
  opened.push(() => temporal.stop().then(() => undefined));
  const settings = {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    SLUICE_TOKEN: token,
    SLUICE_POLL_MS: '1000',
    SLUICE_ATTEMPT_BACKOFF_MS: '1000',
  };
  const first = await SluiceUnderTest.create(settings, { command: 'worker' });
  const { dataDirectory } = first;
  opened.push(() => endEverything(first));
  const another = async (command: 'api' | 'worker') =>
    await SluiceUnderTest.create(settings, { command, dataDirectory });
  const workers = [first, await another('worker')] as const;
  const apis = [await another('api'), await another('api')] as const;
  const all = [...workers, ...apis];
  opened.push(() => Promise.all(all.map((process) => process.stop())).then(() => undefined));
  // At once, as a host does after a power cut: nobody has made tables, folders or the bundle for the others.
  await Promise.all(all.map((process) => process.start()));
  const truth = await FlinkTruth.of(dataDirectory);
  opened.push(() => truth.close().then(() => undefined));
  const watch = new JobWatch(() => truth.live());
  opened.push(() => watch.end());
  const owner = await readFile(join(dataDirectory, 'installation-id'), 'utf8');
  return {
    apis,
    workers,
    truth,
    counter: new CounterDeployment(apis[0], truth, 'counter'),
    workerBehindTheJobAfter: async (jobId) => {
      const parent = await parentOfJobManager(owner, jobId);
      const worker = workers.find(({ pid }) => pid === parent);
      if (!worker) throw new Error(`process ${parent} started a JobManager and is no worker`);
      return worker;
    },
  };
}

/** Flink's processes are children of the worker that started them, for as long as it lives. */
async function parentOfJobManager(owner: string, notOf: string): Promise<number> {
  const isNext = (line: string): boolean =>
    line.includes(`-Dsluice.owner=${owner} `) &&
    line.includes('-Dsluice.part=jobmanager ') &&
    !line.includes(`-Dsluice.job=${notOf} `);
  const found = await until(
    'the next JobManager runs',
    async () => (await processes()).find(({ line }) => isNext(line)),
    (process) => process !== undefined,
    { withinMs: 60_000, everyMs: 50 },
  );
  const status = await readFile(`/proc/${found?.pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}
