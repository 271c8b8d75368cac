import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { openStore, type StoreLocation } from '../open-store.ts';
import type { Store } from '../store.ts';
import type { DatabaseKind, RunningDatabase } from '../testing/databases.ts';
import { concurrencyContract } from './concurrency.ts';
import type { Given } from './contract.ts';
import { deliveryContract } from './delivery.ts';
import { deploymentsContract } from './deployments.ts';
import { eventsContract } from './events.ts';
import { plainResourcesContract } from './plain-resources.ts';
import { writesContract } from './writes.ts';

/** The one contract of the store, on one kind of database; {@link more} is tested there besides. */
export function storeContract(kind: DatabaseKind, more?: (given: Given) => void): void {
  describe.skipIf(!kind.isInstalled)(`the store on ${kind.name}`, () => {
    let database: RunningDatabase;
    let location: StoreLocation;
    let stores: Store[] = [];

    const another = async () => {
      const store = await openStore(location);
      stores.push(store);
      return store;
    };
    const given: Given = {
      get store() {
        const [first] = stores;
        if (!first) throw new Error('no test runs');
        return first;
      },
      get location() {
        return location;
      },
      another,
      emptyDatabase: () => database.create(),
    };

    beforeAll(async () => {
      database = await kind.start();
    }, 60_000);
    beforeEach(async () => {
      location = await database.create();
      await another();
    });
    afterEach(async () => {
      await Promise.all(stores.map((store) => store.close()));
      stores = [];
    });
    afterAll(async () => {
      await database.stop();
    });

    describe('Deployments', () => deploymentsContract(given));
    describe('writes of workflows', () => writesContract(given));
    describe('events', () => eventsContract(given));
    describe('plain resources', () => plainResourcesContract(given));
    describe('deliveries', () => deliveryContract(given));
    describe('several processes', () => concurrencyContract(given));
    more?.(given);
  });
}
