import type { SluiceUnderTest } from '../e2e/support/sluice-under-test.ts';
import { postgresBinaries, startPostgres } from '../support/postgres.ts';
import type { Sheet } from './sheet.ts';
import { startSluice, timed } from './subject.ts';
import type { Teardown } from './teardown.ts';

/** Calls that are not counted: connections, caches and compilers get warm. */
const warmUpRounds = 15;

/** What one Sluice took for each kind of call, ms. */
interface Subject {
  name: string;
  sluice: SluiceUnderTest;
  label: number[];
  spec: number[];
  read: number[];
}

/**
 * How long the API takes for a change of an idle Deployment, by store. Both servers live at once and are asked in turns:
 * what the machine does besides hits both.
 */
export async function measureRequests(sheet: Sheet, teardown: Teardown, rounds: number) {
  sheet.section('1. Requests: one client, an idle Deployment that is CANCELLED');
  const sqlite = await subject(teardown, 'SQLite', {});
  const postgres = await onPostgres(teardown);
  if (!postgres) sheet.note('Postgres left out: it is not installed on this host');
  const subjects = postgres ? [sqlite, postgres] : [sqlite];
  for (let round = -warmUpRounds; round < rounds; round += 1)
    for (const one of subjects) await ask(one, round);
  for (const { name, label, spec, read } of subjects) {
    sheet.add(`PATCH of a label, ${name}`, 'ms', label);
    sheet.add(`PATCH of the spec, ${name}`, 'ms', spec);
    sheet.add(`GET, ${name}`, 'ms', read);
  }
  if (postgres) {
    sheet.ratio('PATCH of a label, SQLite / Postgres', sqlite.label, postgres.label);
    sheet.ratio('PATCH of the spec, SQLite / Postgres', sqlite.spec, postgres.spec);
  }
  await teardown.run();
}

async function onPostgres(teardown: Teardown): Promise<Subject | undefined> {
  if (postgresBinaries() === undefined) return undefined;
  const server = await startPostgres({ durable: true });
  teardown.defer(() => server.stop());
  return subject(teardown, 'Postgres', { DATABASE_URL: await server.createDatabase() });
}

async function subject(
  teardown: Teardown,
  name: string,
  settings: Record<string, string>,
): Promise<Subject> {
  // The store is what is compared, so an outer DATABASE_URL must not reach the one without.
  const sluice = await startSluice(teardown, { DATABASE_URL: '', ...settings });
  await sluice.ok('POST', '/deployments', {
    metadata: { name: 'idle' },
    spec: {
      state: 'CANCELLED',
      template: { spec: { artifact: { kind: 'JAR', jarUri: 'https://jars.example/idle.jar' } } },
    },
  });
  return { name, sluice, label: [], spec: [], read: [] };
}

async function ask({ sluice, label, spec, read }: Subject, round: number): Promise<void> {
  const path = '/api/v1/namespaces/default/deployments/idle';
  const call = async (method: string, body?: unknown): Promise<number> => {
    const { ms, outcome } = await timed(() => sluice.call(method, path, body));
    if (outcome.status !== 200) throw new Error(`${method}: ${JSON.stringify(outcome)}`);
    return ms;
  };
  const changed = await call('PATCH', { metadata: { labels: { round: String(round) } } });
  const parallelism = 1 + Math.abs(round % 2);
  const upgraded = await call('PATCH', { spec: { template: { spec: { parallelism } } } });
  const seen = await call('GET');
  if (round < 0) return;
  label.push(changed);
  spec.push(upgraded);
  read.push(seen);
}
