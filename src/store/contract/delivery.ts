import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeploymentRecord, RecordBatch } from '../../core/records.ts';
import { historyOf, someMoves } from '../testing/histories.ts';
import { aDeployment } from '../testing/records.ts';
import type { Given } from './contract.ts';

/** Temporal delivers at least once, and a given-up copy may arrive late: that must not show in what is stored. */
export function deliveryContract(given: Given): void {
  /** Delivers to a Deployment of its own, in a namespace of its own, and returns all that is stored then. */
  const afterDelivering = async (
    deliveries: (batches: RecordBatch[]) => RecordBatch[],
    moves: Moves,
  ) => {
    const first = aDeployment();
    const deployment = { ...first, namespace: first.id };
    await given.store.deployments.insert(deployment, []);
    const batches = deliveries(historyOf(deployment, moves));
    for (const batch of batches) await given.store.write(batch);
    return await everythingOf(given, deployment);
  };
  type Moves = Parameters<typeof historyOf>[1];

  test('late copies of earlier writes change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(someMoves, fc.infiniteStream(fc.nat({ max: 3 })), async (moves, copies) => {
        const once = await afterDelivering((batches) => batches, moves);
        const again = await afterDelivering(
          (batches) =>
            batches.flatMap((batch, index) => [
              batch,
              ...pick(copies, batches.slice(0, index + 1)),
            ]),
          moves,
        );
        expect(again).toEqual(once);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test('in whatever order writes arrive, the same records are stored in the end', async () => {
    await fc.assert(
      fc.asyncProperty(someMoves, fc.infiniteStream(fc.nat()), async (moves, order) => {
        const inOrder = await afterDelivering((batches) => batches, moves);
        const shuffled = await afterDelivering((batches) => shuffle(order, batches), moves);
        expect(recordsOnly(shuffled)).toEqual(recordsOnly(inOrder));
        expect(shuffled.events.map(({ number }) => number)).toEqual(
          shuffled.events.map((_, index) => index + 1),
        );
      }),
      { numRuns: 20 },
    );
  }, 60_000);
}

type Everything = Awaited<ReturnType<typeof everythingOf>>;

async function everythingOf({ store }: Given, { id, namespace }: DeploymentRecord) {
  const all = {
    deployment: await store.deployments.get(id),
    jobs: await store.jobs.list(namespace, { deploymentId: id }),
    savepoints: (await store.savepoints.list(namespace, {})).toSorted((a, b) =>
      a.id < b.id ? -1 : 1,
    ),
    events: (await store.events.list(namespace, {})).map(({ id: _, ...event }) => event),
  };
  // Ids hold the Deployment's; two Deployments with the same history then look the same.
  const text: typeof all = JSON.parse(JSON.stringify(all).replaceAll(id, 'this'));
  return text;
}

/** Without what tells the order of arrival: numbers and times of events, bookkeeping of rows. */
function recordsOnly({ deployment, jobs, savepoints, events }: Everything) {
  const strip = <T extends object>(row: T) => ({
    ...row,
    resourceVersion: 0,
    createdAt: 0,
    modifiedAt: 0,
  });
  return {
    deployment,
    jobs: jobs.map(strip),
    savepoints: savepoints.map(strip),
    events: events.map(({ message }) => message).toSorted(),
  };
}

/** Up to three of `batches`, as `numbers` say. */
function pick(numbers: Iterator<number>, batches: RecordBatch[]): RecordBatch[] {
  const wanted = numbers.next().value ?? 0;
  return Array.from(
    { length: wanted },
    (_, nth) => batches[(nth * 7 + wanted) % batches.length],
  ).filter((batch) => batch !== undefined);
}

/** A permutation of `batches` with some of them twice. */
function shuffle(numbers: Iterator<number>, batches: RecordBatch[]): RecordBatch[] {
  return [...batches, ...batches.slice(0, 2)]
    .map((batch) => ({ batch, rank: numbers.next().value ?? 0 }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ batch }) => batch);
}
