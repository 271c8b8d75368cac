import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addRestorePoint, choosePin, compareRank, registerFound } from './restore-points.ts';
import type { RestorePoint } from './state.ts';
import { documentOf, jobRecord, savepointAt, stateOf } from './testing/states.ts';
import { acceptRegistration } from './wishes.ts';

const fresh = () => stateOf(documentOf());
const small = fc.integer({ min: 0, max: 5 });
const rank = fc.tuple(small, small, small, small);
const kinds = ['SUSPEND', 'RETAINED_CHECKPOINT', 'USER_REQUEST'] as const;
const point = (ranks: RestorePoint['rank'], origin: RestorePoint['origin']): RestorePoint => ({
  id: `${origin} ${ranks.join('.')}`,
  path: `file:///${origin}/${ranks.join('.')}`,
  origin,
  rank: ranks,
});
const anyPoint = fc.tuple(rank, fc.constantFrom(...kinds)).map(([at, origin]) => point(at, origin));

describe('rank by lineage, never by clock (S3)', () => {
  test('it is a total order', () => {
    fc.assert(
      fc.property(rank, rank, rank, (a, b, c) => {
        expect(Math.sign(compareRank(a, b))).toBe(-Math.sign(compareRank(b, a)) + 0);
        if (compareRank(a, b) <= 0 && compareRank(b, c) <= 0)
          expect(compareRank(a, c)).toBeLessThanOrEqual(0);
        expect(compareRank(a, b) === 0).toBe(a.join() === b.join());
      }),
    );
  });

  test('in whatever order they become known, the same is chosen', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyPoint, { selector: ({ id }) => id }),
        fc.integer(),
        (all, by) => {
          const [one, other] = [fresh(), fresh()];
          for (const each of all) addRestorePoint(one, each);
          const turned = [
            ...all.slice(by % (all.length || 1)),
            ...all.slice(0, by % (all.length || 1)),
          ];
          for (const each of turned.toReversed()) addRestorePoint(other, each);
          const pin = choosePin(one, { kind: 'LATEST_STATE' });
          const rankOf = (path: string | undefined) => all.find((each) => each.path === path)?.rank;
          const again = choosePin(other, { kind: 'LATEST_STATE' });
          expect(rankOf(pin.path)).toEqual(rankOf(again.path));
        },
      ),
    );
  });

  test('of a Job of a later sequence or attempt everything is newer, whatever Flink counts', () => {
    const state = fresh();
    addRestorePoint(state, point([2, 1, 1, 0], 'SUSPEND'));
    addRestorePoint(state, point([1, 9, 999, 9], 'SUSPEND'));
    expect(choosePin(state, { kind: 'LATEST_STATE' }).path).toContain('2.1.1.0');
  });
});

describe('what is chosen (api.md 3.5)', () => {
  test('the newest that the strategy admits, and never nothing while one is known (M22 to M24)', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 1 }), (all) => {
        const state = fresh();
        for (const each of all) addRestorePoint(state, each);
        const newest = choosePin(state, { kind: 'LATEST_STATE' });
        expect(newest.path).toBe(state.restorePoints.at(-1)?.path);
        const savepoints = all.filter(({ origin }) => origin !== 'RETAINED_CHECKPOINT');
        const savepoint = choosePin(state, { kind: 'LATEST_SAVEPOINT' });
        expect(savepoint.path === undefined).toBe(savepoints.length === 0);
        expect(choosePin(state, { kind: 'NONE' }).path).toBeUndefined();
      }),
    );
  });

  test('allowNonRestoredState as given, and never with NONE (M28)', () => {
    const state = fresh();
    addRestorePoint(state, savepointAt(1));
    const allowing = (kind: 'LATEST_STATE' | 'NONE') =>
      choosePin(state, { kind, allowNonRestoredState: true }).allowNonRestoredState;
    expect([allowing('LATEST_STATE'), allowing('NONE')]).toEqual([true, false]);
  });

  test('a checkpoint that is passed over is named', () => {
    const state = fresh();
    addRestorePoint(state, savepointAt(1));
    registerFound(state, jobRecord(4, 'FAILED'), {
      path: 'file:///chk-9',
      checkpointId: 9,
      isSavepoint: false,
    });
    const pin = choosePin(state, { kind: 'LATEST_SAVEPOINT' });
    expect(pin).toMatchObject({ path: savepointAt(1).path });
    expect(pin.reason).toContain('a newer checkpoint is kept: file:///chk-9');
  });
});

describe('what is kept', () => {
  test('however many there were, the newest of each kind', () => {
    const state = fresh();
    addRestorePoint(state, savepointAt(1));
    for (let id = 2; id < 200; id += 1)
      addRestorePoint(state, point([1, 1, id, 0], 'RETAINED_CHECKPOINT'));
    expect(state.restorePoints).toHaveLength(51);
    expect(choosePin(state, { kind: 'LATEST_SAVEPOINT' }).path).toBe(savepointAt(1).path);
  });

  test('a copy is the newest when it is registered, until a job has captured something later', () => {
    const state = fresh();
    addRestorePoint(state, savepointAt(7));
    acceptRegistration(state, { requestId: 'r', location: savepointAt(7).path }, 1);
    acceptRegistration(state, { requestId: 's', location: 'file:///copy' }, 1);
    expect(choosePin(state, { kind: 'LATEST_SAVEPOINT' }).path).toBe('file:///copy');
    addRestorePoint(state, savepointAt(8));
    expect(choosePin(state, { kind: 'LATEST_SAVEPOINT' }).path).toBe(savepointAt(8).path);
    expect(state.restorePoints).toHaveLength(4);
  });

  test('what is known is not registered twice', () => {
    const state = fresh();
    const found = { path: 'file:///chk-1', checkpointId: 1, isSavepoint: false };
    registerFound(state, jobRecord(1, 'FAILED'), found);
    registerFound(state, jobRecord(1, 'FAILED'), found);
    expect(state.restorePoints).toHaveLength(1);
    expect(state.outbox.savepoints).toHaveLength(1);
  });
});
