import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const savepointsOf = (id: string) => story.store.savepoints.list('default', { deploymentId: id });
const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });
const lastStart = (id: string) => story.world.lineage.starts(id).at(-1);

async function grown(spec: Parameters<Story['create']>[0] = {}): Promise<string> {
  const id = await story.running(spec);
  await story.checkpointed(id);
  return id;
}

async function become(id: string, state: 'RUNNING' | 'CANCELLED' | 'SUSPENDED'): Promise<void> {
  await story.patch(id, { state });
  await story.reaches(id, state);
}

describe.concurrent('restore strategies (api.md 3.5)', () => {
  test('LATEST_STATE: after a cancel from the retained checkpoint, a Savepoint of its own (M22, S3)', async () => {
    const id = await grown();
    await become(id, 'CANCELLED');
    const [kept] = await savepointsOf(id);
    expect(kept).toMatchObject({ origin: 'RETAINED_CHECKPOINT', state: 'COMPLETED' });
    await become(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(kept?.location);
    story.lostNothing(id);
  });

  test('LATEST_SAVEPOINT passes over a newer checkpoint, keeps it and says so (M23, F29)', async () => {
    const id = await grown({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
    await become(id, 'SUSPENDED');
    const [savepoint] = await savepointsOf(id);
    await become(id, 'RUNNING');
    await story.checkpointed(id);
    await become(id, 'CANCELLED');
    await become(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(savepoint?.location);
    const said = (await story.messages(id)).filter((line) =>
      line.startsWith('AWAITING_A_JOB_TO_START'),
    );
    expect(said.at(-1)).toContain('a newer checkpoint is kept: ');
    expect(story.world.lostState(id, 'savepoints')).toBe(0);
  });

  test('LATEST_STATE without any retained checkpoint acts like LATEST_SAVEPOINT (M26, F22)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { checkpointing: false });
    await become(id, 'RUNNING');
    await become(id, 'SUSPENDED');
    const [savepoint] = await savepointsOf(id);
    await become(id, 'RUNNING');
    await become(id, 'CANCELLED');
    await become(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(savepoint?.location);
  });

  test('NONE starts from nothing, and STATEFUL with it warns, still takes and keeps its savepoint (M24, M27)', async () => {
    const id = await grown({ restoreStrategy: { kind: 'NONE' } });
    expect((await story.messages(id)).join('\n')).toMatch(/GENERAL_FAILURE: Warning: .*NONE/);
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    expect(lastStart(id)).toMatchObject({ counter: 0 });
    expect(lastStart(id)?.path).toBeUndefined();
    const rows = (await savepointsOf(id)).filter(({ origin }) => origin === 'SUSPEND');
    expect(rows).toMatchObject([{ state: 'COMPLETED', forUpgrade: true }]);
  });

  test('a registered copy is the newest, whatever is known (api.md 3.8, S4)', async () => {
    const id = await grown();
    await become(id, 'SUSPENDED');
    const [old] = await savepointsOf(id);
    const location = `${story.world.storage.uri}/copies/${id}`;
    const capture = story.world.storage.read(old?.location ?? '');
    if (!capture) throw new Error('the savepoint is not there');
    story.world.storage.write(location, { ...capture, counter: 123_456 });
    await story.commands.registerSavepoint(
      { namespace: 'default', id },
      { requestId: randomUUID(), location },
    );
    await become(id, 'RUNNING');
    expect(lastStart(id)).toMatchObject({ path: location, counter: 123_456 });
    const copy = (await savepointsOf(id)).find(({ origin }) => origin === 'COPIED');
    expect(copy).toMatchObject({ state: 'COMPLETED', location });
  });

  test('allowNonRestoredState reaches Flink as given (M28)', async () => {
    const id = await grown({
      restoreStrategy: { kind: 'LATEST_STATE', allowNonRestoredState: true },
    });
    story.program(id, { operators: ['source'] });
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });
});

describe.concurrent('a restore point that does not do (reliability.md 4)', () => {
  test('v2 cannot take the state: one pin for all attempts, FAILED; the flag helps from that pin (F24)', async () => {
    const id = await grown({ maxJobCreationAttempts: 2 });
    story.program(id, { operators: ['source'] });
    await story.patch(id, scale(2));
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.message).toContain('Cannot map checkpoint/savepoint state');
    const runs = story.world.trace.calls('run', id);
    const pins = runs.map((run) => run.detail).filter((path) => path);
    expect(new Set(pins).size).toBe(1);
    expect(pins).toHaveLength(2);
    await story.patch(id, { restoreStrategy: { allowNonRestoredState: true } });
    await story.reaches(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(pins.at(-1));
  });

  test('v2 never gets up, the user reverts: v1 from the savepoint of this transition (F24b)', async () => {
    const id = await grown({ maxJobCreationAttempts: 2 });
    story.program(id, { mainThrows: 'RuntimeException: v2 is broken' });
    await story.patch(id, scale(2));
    await story.reaches(id, 'FAILED');
    const made = (await savepointsOf(id)).find(({ origin }) => origin === 'SUSPEND');
    story.program(id, {});
    await story.patch(id, scale(1));
    await story.reaches(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(made?.location);
    story.lostNothing(id);
  });

  test('v2 restores something else than it was told: ended at once, and nothing it made is ever restored (S24)', async () => {
    const id = await grown();
    story.program(id, { ignoresRestorePath: true });
    const runs = story.world.lineage.starts(id).length;
    await story.patch(id, scale(2));
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.reason).toBe('RESTORE_MISMATCH');
    expect(story.world.lineage.starts(id)).toHaveLength(runs + 1);
    story.nothingLeft(id);
    const [made] = (await savepointsOf(id)).filter(({ origin }) => origin === 'SUSPEND');
    expect(await savepointsOf(id)).toEqual([made]);
    story.program(id, {});
    await story.patch(id, scale(1));
    await story.reaches(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(made?.location);
  });

  test('resume, but the savepoint is gone: FAILED naming the path, not empty, not an older point (F45, R07)', async () => {
    const id = await grown({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
    await become(id, 'SUSPENDED');
    await become(id, 'RUNNING');
    await become(id, 'SUSPENDED');
    const rows = (await savepointsOf(id)).filter(({ origin }) => origin === 'SUSPEND');
    const newest = rows.find(({ jobId }) => jobId !== rows[0]?.jobId)?.location ?? '';
    story.world.storage.lose(newest);
    const runs = story.world.lineage.starts(id).length;
    await story.patch(id, { state: 'RUNNING' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.reason).toBe('RESTORE_POINT_GONE');
    expect(failed.status.failure?.message).toContain(newest);
    expect(story.world.lineage.starts(id)).toHaveLength(runs);
    story.nothingLeft(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
