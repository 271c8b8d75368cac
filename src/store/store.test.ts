import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { concurrencyContract } from './contract/concurrency.ts';
import type { Given } from './contract/contract.ts';
import { deliveryContract } from './contract/delivery.ts';
import { deploymentsContract } from './contract/deployments.ts';
import { eventsContract } from './contract/events.ts';
import { plainResourcesContract } from './contract/plain-resources.ts';
import { writesContract } from './contract/writes.ts';
import { openStore, type StoreLocation } from './open-store.ts';
import type { Store } from './store.ts';
import { databaseKinds, type RunningDatabase } from './testing/databases.ts';

/** One contract, on every database the store supports. */
for (const kind of databaseKinds) {
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
  });
}
