import { openDatabase, type StoreLocation } from './database.ts';
import { deploymentsIn } from './deployments.ts';
import { eventsIn } from './events.ts';
import { jobsIn } from './jobs.ts';
import { observationsIn } from './observations.ts';
import { savepointsIn } from './savepoints.ts';
import type { Store } from './store.ts';
import { targetsIn } from './targets.ts';
import { writeBatch } from './write-batch.ts';

export type { StoreLocation } from './database.ts';

/**
 * Opens the store and brings its schema up to date. Several processes may use one file (on one host) or one Postgres.
 * @param location `file`: SQLite, made if need be, with its folder; `url`: Postgres.
 * @throws {Unreachable} STORE_UNAVAILABLE.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const database = await openDatabase(location);
  return {
    deployments: deploymentsIn(database),
    write: (batch) => database.transact((transaction) => writeBatch(transaction, batch)),
    jobs: jobsIn(database),
    savepoints: savepointsIn(database),
    events: eventsIn(database),
    observations: observationsIn(database),
    targets: targetsIn(database),
    tryWrite: () => database.tryWrite(),
    close: () => database.close(),
  };
}
