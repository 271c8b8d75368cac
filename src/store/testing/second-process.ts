import { openDatabase } from '../database.ts';
import { openStore, type StoreLocation } from '../open-store.ts';
import { writeBatch } from '../write-batch.ts';
import { aBatch, aDeployment, aJob, anEvent } from './records.ts';

/**
 * A process of its own, for tests of what several processes do to one database. Arguments: what to do, the location as
 * JSON, the Deployment's id, a number. Says a word on standard output when it is where the test wants it.
 */
const [, , task, location, deploymentId = '', number = '0'] = process.argv;

/** The same Deployment in every process. */
const deployment = aDeployment({ id: deploymentId });

/** Creates the Deployment, unless another process was first, and gives it `count` events, one batch each. */
async function writeEvents(at: StoreLocation, count: number): Promise<void> {
  const store = await openStore(at);
  await store.deployments.insert(deployment, []);
  for (let event = 0; event < count; event += 1) {
    await store.write(aBatch(deployment, { events: [anEvent(`${process.pid}/${event}`)] }));
  }
  await store.close();
}

/** Writes revision after revision, each with a Job and three events that say the same number, until it is killed. */
async function writeForEver(at: StoreLocation, jobId: string): Promise<void> {
  const store = await openStore(at);
  const from = (await store.deployments.get(deploymentId))?.revision ?? 1;
  console.log('writing');
  for (let revision = from + 1; ; revision += 1) {
    await store.write(revisionBatch(revision, jobId));
  }
}

/** Writes one revision and stops just before the commit. */
async function stopBeforeCommit(at: StoreLocation, jobId: string): Promise<void> {
  const database = await openDatabase(at);
  const keepAlive = setInterval(() => undefined, 60_000);
  await database.transact(async (transaction) => {
    await writeBatch(transaction, revisionBatch(2, jobId));
    console.log('written');
    await new Promise(() => undefined);
  });
  clearInterval(keepAlive);
}

function revisionBatch(revision: number, jobId: string) {
  const job = aJob(deployment, { id: jobId, state: 'STARTED', spec: { revision } });
  const events = ['a', 'b', 'c'].map((part) => anEvent(`${revision}/${part}`));
  return aBatch(deployment, { deployment: { ...deployment, revision }, jobs: [job], events });
}

const at: StoreLocation = JSON.parse(location ?? '');
if (task === 'write-events') await writeEvents(at, Number(number));
if (task === 'write-for-ever') await writeForEver(at, `job-of-${deploymentId}`);
if (task === 'stop-before-commit') await stopBeforeCommit(at, `job-of-${deploymentId}`);
