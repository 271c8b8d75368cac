import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { type Arena, openArena } from './support/arena.ts';

let arena: Arena;
let counter: CounterDeployment;
beforeAll(async () => {
  arena = await openArena('sluice-strategies');
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

type Strategy = 'STATEFUL' | 'STATELESS' | 'NONE';
type Restore = 'LATEST_STATE' | 'LATEST_SAVEPOINT' | 'NONE';

async function runningWith(strategy: Strategy): Promise<void> {
  const spec = { upgradeStrategy: { kind: strategy } };
  counter = await arena.counter(strategy.toLowerCase(), { spec });
  await counter.reaches('RUNNING');
}

/** A change of the restore strategy is an upgrade like any other, by the new one. @returns the new job's numbers. */
async function upgrade(restore: Restore) {
  const old = await counter.jobId();
  await counter.patch({ restoreStrategy: { kind: restore } });
  await counter.reaches('RUNNING');
  expect(await counter.jobId()).not.toBe(old);
  return await counter.counted();
}

/** By hand, as NONE wants it. @returns the new job's numbers. */
async function again(end: 'CANCELLED' | 'SUSPENDED') {
  await counter.become(end);
  await counter.become('RUNNING');
  return await counter.counted();
}

/** Savepoints that Sluice took to stop a job. */
const takenToStop = async (): Promise<unknown[]> =>
  (await counter.savepoints()).filter(
    ({ metadata }: { metadata: { origin: string } }) => metadata.origin === 'SUSPEND',
  );

describe('STATEFUL takes a savepoint, whatever is restored (M17, M27)', () => {
  test.each(['LATEST_SAVEPOINT', 'LATEST_STATE'] as const)(
    '%s: from it (M22, M23)',
    async (kind) => {
      if (kind === 'LATEST_SAVEPOINT') await runningWith('STATEFUL');
      const [before, taken] = [await counter.counted(), (await takenToStop()).length];
      const after = await upgrade(kind);
      expect(after.restored).toBeGreaterThanOrEqual(before.count);
      expect(after.gap).toBe(0);
      expect(await takenToStop()).toHaveLength(taken + 1);
    },
  );

  test('NONE: from nothing, with a warning (M24)', async () => {
    const taken = (await takenToStop()).length;
    expect(await upgrade('NONE')).toMatchObject({ restored: 0, gap: 0 });
    expect(await takenToStop()).toHaveLength(taken + 1);
    expect(await counter.messages()).toContainEqual(expect.stringMatching(/restoreStrategy.*NONE/));
    await counter.become('CANCELLED');
  });
});

describe('STATELESS takes no savepoint (M16)', () => {
  test('LATEST_SAVEPOINT: from the one taken by hand, past newer checkpoints (M23)', async () => {
    await runningWith('STATELESS');
    const { count: saved } = await counter.counted();
    await counter.takeSavepoint();
    const { count: later } = await counter.checkpointed();
    const { restored } = await upgrade('LATEST_SAVEPOINT');
    expect(restored).toBeGreaterThanOrEqual(saved);
    expect(restored).toBeLessThan(later);
  });

  test('LATEST_STATE: from the newest checkpoint (M22)', async () => {
    const { count } = await counter.checkpointed();
    const after = await upgrade('LATEST_STATE');
    expect(after.restored).toBeGreaterThanOrEqual(count);
    expect(after.gap).toBe(0);
  });

  test('NONE: from nothing (M24)', async () => {
    expect(await upgrade('NONE')).toMatchObject({ restored: 0, gap: 0 });
    expect(await takenToStop()).toEqual([]);
    await counter.become('CANCELLED');
  });
});

describe('NONE leaves the job alone until it is ended by hand (M18)', () => {
  test('LATEST_STATE: a cancel takes no savepoint, but its checkpoint stays (M05, M22)', async () => {
    await runningWith('NONE');
    const job = await counter.jobId();
    const change = { template: { spec: { parallelism: 2 } } };
    expect((await counter.patch(change)).status.state).toBe('RUNNING');
    const { count } = await counter.checkpointed();
    expect(await counter.jobs()).toMatchObject([{ metadata: { id: job } }]);
    expect((await again('CANCELLED')).restored).toBeGreaterThanOrEqual(count);
    expect(await takenToStop()).toEqual([]);
    expect((await counter.jobs()).at(-1).spec.parallelism).toBe(2);
  });

  test('LATEST_SAVEPOINT: from that of a suspend, past newer checkpoints (M23)', async () => {
    await counter.patch({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
    const { count: saved } = await counter.counted();
    const resumed = await again('SUSPENDED');
    expect(resumed.restored).toBeGreaterThanOrEqual(saved);
    await counter.checkpointed();
    expect((await again('CANCELLED')).restored).toBe(resumed.restored);
  });

  test('NONE: from nothing (M24)', async () => {
    await counter.patch({ restoreStrategy: { kind: 'NONE' } });
    expect(await again('CANCELLED')).toMatchObject({ restored: 0, gap: 0 });
    await counter.become('CANCELLED');
  });
});

describe('state that does not fit, or is not there', () => {
  test('checkpoints go with their job: LATEST_STATE is the latest savepoint (M26)', async () => {
    const key = 'execution.checkpointing.externalized-checkpoint-retention';
    counter = await arena.counter('not-retained', {
      template: { flinkConfiguration: { [key]: 'DELETE_ON_CANCELLATION' } },
    });
    await counter.reaches('RUNNING');
    const { count: saved } = await counter.counted();
    await counter.takeSavepoint();
    const { count: later } = await counter.checkpointed();
    const { restored } = await again('CANCELLED');
    expect(restored).toBeGreaterThanOrEqual(saved);
    expect(restored).toBeLessThan(later);
    await counter.become('CANCELLED');
  });

  const unfitting = { artifact: { mainArgs: '--rate 500 --uid another' } };

  test('state of an operator that is no more: FAILED, and the old program goes on (M28, F24)', async () => {
    counter = await arena.counter('unfitting', { spec: { maxJobCreationAttempts: 1 } });
    await counter.reaches('RUNNING');
    const { count } = await counter.counted();
    await counter.patch({ template: { spec: unfitting } });
    const { failure } = await counter.reaches('FAILED');
    expect(failure.message).toContain('Cannot map checkpoint/savepoint state');
    await counter.patch({ template: { spec: { artifact: { mainArgs: '--rate 500' } } } });
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
  });

  test('it may be left behind: it is (M28)', async () => {
    const restoreStrategy = { allowNonRestoredState: true };
    await counter.patch({ restoreStrategy, template: { spec: unfitting } });
    await counter.reaches('RUNNING');
    const after = await counter.counted();
    // The source goes on where it was; what had been counted until then is left behind, and no more.
    expect(after.restored).toBe(0);
    expect(after.gap).toBeGreaterThan(0);
    await counter.become('CANCELLED');
  });
});
