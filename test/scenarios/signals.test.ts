import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { Story } from '../support/story.ts';
import { needed } from '../support/story-events.ts';
import { storyDocumentSettings } from '../support/story-settings.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const ignored = async (id: string): Promise<string[]> =>
  (await story.messages(id)).filter((line) => line.includes(' was ignored: '));

/** As the command line sends it, byte for byte: nothing on the way looks at the payload. */
async function signalRaw(id: string, signalName: string, encoding: string, data: string) {
  const { workflowService, options } = story.client;
  const payload = { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) };
  await workflowService.signalWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId: deploymentWorkflowId('default', id) },
    signalName,
    input: { payloads: [payload] },
  });
}

describe.concurrent('signals from the command line (M36)', () => {
  test('setState, in either spelling, is a change like any other', async () => {
    const id = await story.running();
    await story.signal(id, 'setState', 'CANCELED');
    await story.reaches(id, 'CANCELLED');
    const record = await story.record(id);
    expect(record.spec.state).toBe('CANCELLED');
    expect(record.specVersion).toBe(2);
    await story.signal(id, 'setState', 'running');
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('patchSpec is a merge patch of spec', async () => {
    const id = await story.running();
    await story.signal(id, 'patchSpec', { template: { spec: { parallelism: 2 } } });
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 2,
      'the patch is effective',
    );
    story.lostNothing(id);
  });

  test('triggerSavepoint takes one; without a job it is an event', async () => {
    const id = await story.running();
    await story.signal(id, 'triggerSavepoint');
    await story.until(
      () => story.store.savepoints.list('default', { deploymentId: id }),
      (rows) => rows.some((row) => row.origin === 'USER_REQUEST' && row.state === 'COMPLETED'),
      'the savepoint is complete',
    );
    const { id: idle } = await story.create({ state: 'CANCELLED' });
    await story.signal(idle, 'triggerSavepoint');
    const lines = await story.until(
      () => ignored(idle),
      (seen) => seen.length === 1,
      'the refusal is told',
    );
    expect(lines[0]).toContain('no job of the Deployment is running');
  });

  test('garbage of every kind leaves an event each, changes nothing and fails nothing (F64)', async () => {
    const id = await story.running();
    const before = await story.record(id);
    const bad: [string, ...unknown[]][] = [
      ['setState'],
      ['setState', null],
      ['setState', 'RUNING'],
      ['setState', { state: 'CANCELLED' }],
      ['setState', ['CANCELLED']],
      ['setState', 7],
      ['patchSpec'],
      ['patchSpec', 'state=CANCELLED'],
      ['patchSpec', null],
      ['patchSpec', { template: { spec: { parallelism: -1 } } }],
      ['patchSpec', { state: 'x'.repeat(100_000) }],
      ['patchSpec', JSON.parse('{"__proto__": {"state": "CANCELLED"}}')],
      ['dropTables', 'now'],
    ];
    for (const [name, ...args] of bad) await story.signal(id, name, ...args);
    await signalRaw(id, 'setState', 'json/plain', '{"not json');
    await signalRaw(id, 'patchSpec', 'binary/unheard-of', '\u0000\u0001');
    await signalRaw(id, 'dropTables', 'json/protobuf', 'nonsense');
    const lines = await story.until(
      () => ignored(id),
      (seen) => seen.length === bad.length + 3,
      'each has its event',
    );
    expect(lines.every((line) => line.startsWith('GENERAL_FAILURE: Signal '))).toBe(true);
    expect(lines.filter((line) => line.includes('signals are setState, patchSpec'))).toHaveLength(
      2,
    );
    const after = await story.record(id);
    expect([after.specVersion, after.spec, after.status]).toEqual([
      before.specVersion,
      before.spec,
      before.status,
    ]);
    // Inner signals can be sent by hand too; they leave no trace at all.
    for (const name of ['stepProgress', 'interrupt'])
      for (const told of [undefined, null, 'x', { attempt: 'one' }])
        await story.signal(id, name, told);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
  });

  test('a jar that the API refuses is refused here too: an event, and nothing changes (N01, N06, N09)', async () => {
    const id = await story.running();
    const before = await story.record(id);
    const jars = [
      'gopher://jars.example/a.jar',
      'http://169.254.169.254/latest/meta-data/',
      'http://[::1]:8081/a.jar',
      'file:///etc/passwd',
      'file:///srv/jars/%2e%2e/secrets/a.jar',
      'nonsense',
    ];
    for (const jarUri of jars)
      await story.signal(id, 'patchSpec', { template: { spec: { artifact: { jarUri } } } });
    const lines = await story.until(
      () => ignored(id),
      (seen) => seen.length === jars.length,
      'each has its event',
    );
    for (const line of lines)
      expect(line).toMatch(
        /spec\.template\.spec\.artifact\.jarUri (cannot be fetched|must be a URI)/,
      );
    const { specVersion, spec, status } = await story.record(id);
    expect([specVersion, spec, status]).toEqual([before.specVersion, before.spec, before.status]);
    await story.signal(id, 'setState', 'CANCELLED');
    await story.reaches(id, 'CANCELLED');
  });

  test('garbage to an update is refused and fails nothing', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const handle = story.workflow(id);
    for (const name of ['applyChange', 'markDeleted', 'requestSavepoint', 'registerSavepoint'])
      for (const given of [undefined, null, 'x', {}]) {
        const args: [unknown] = [given];
        await handle.executeUpdate<unknown, [unknown]>(name, { args }).catch(() => 'refused');
      }
    const reply = await story.patch(id, {}, { labels: { still: 'here' } });
    expect(reply.labels).toEqual({ still: 'here' });
  });
});

describe.concurrent('a request id that was used before (S16)', () => {
  const update = (id: string, name: string, request: object) =>
    story.workflow(id).executeUpdate<unknown, [object]>(name, { args: [request] });
  const change = (requestId: string, labels: object) => ({
    requestId,
    verb: 'patch',
    body: { metadata: { labels } },
    settings: story.settings,
    documentSettings: storyDocumentSettings,
  });

  const isShown = (id: string) =>
    story.until(
      () => story.record(id),
      ({ labels }) => labels !== undefined,
      'the change is stored',
    );

  test('with the same content it gets the earlier reply, whatever the order of its keys', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const first = await update(id, 'applyChange', change('mine', { a: '1', b: '2' }));
    const { resourceVersion } = await isShown(id);
    expect(await update(id, 'applyChange', change('mine', { b: '2', a: '1' }))).toEqual(first);
    expect((await story.record(id)).resourceVersion).toBe(resourceVersion);
  });

  test('with another content, or for another kind of request, it is refused and changes nothing', async () => {
    const id = await story.running();
    await update(id, 'applyChange', change('mine', { a: '1' }));
    const before = await isShown(id);
    const others: [string, object][] = [
      ['applyChange', change('mine', { a: '2' })],
      ['applyChange', { ...change('mine', { a: '1' }), verb: 'put' }],
      ['markDeleted', { requestId: 'mine' }],
      ['requestSavepoint', { requestId: 'mine' }],
      ['registerSavepoint', { requestId: 'mine', location: 'file:///s' }],
    ];
    for (const [name, request] of others) {
      const refusal = await update(id, name, request).catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        cause: { type: 'Invalid', message: expect.stringContaining('used before') },
      });
    }
    expect(await story.record(id)).toEqual(before);
  });

  test('the same holds for what the API sends: within a run Temporal answers by the id alone', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const at = { namespace: 'default', id };
    const send = (labels: Record<string, string>) => {
      const { settings: _, ...request } = change('key', labels);
      return story.commands.change(at, {
        ...request,
        verb: 'patch',
        body: { metadata: { labels } },
      });
    };
    await send({ a: '1' });
    await send({ a: '1' });
    await expect(send({ a: '2' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      problems: [{ field: 'requestId', message: expect.stringContaining('new id') }],
    });
    expect((await story.record(id)).labels).toEqual({ a: '1' });
  });
});

describe.concurrent('queries (M35)', () => {
  test('explain says what it is at and what a person can do, in every state', async () => {
    const id = await story.running();
    const idle = await story.until(
      () => story.explain(id),
      ({ step }) => step === 'wait',
      'it waits',
    );
    expect(idle).toMatchObject({
      desired: 'RUNNING',
      status: 'RUNNING',
      advice: 'Nothing is to be done.',
    });
    story.world.outcome(id, 'stop', { is: 'never-ends' });
    await story.patch(id, { state: 'SUSPENDED' });
    const busy = await story.until(
      () => story.explain(id),
      ({ stepWorkflowId }) => stepWorkflowId !== undefined,
      'the step is named',
    );
    expect(busy).toMatchObject({ status: 'TRANSITIONING', step: 'take-savepoint' });
    const child = story.client.workflow.getHandle(busy.stepWorkflowId ?? '');
    // It is named before it is started.
    await story.until(
      () =>
        child.describe().then(
          ({ status }) => status.name,
          () => 'not there',
        ),
      (seen) => seen === 'RUNNING',
      'its workflow runs',
    );
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
  });

  test('the state is the whole of it, and each transition begins with an event', async () => {
    const id = await story.running();
    const state = await story
      .workflow(id)
      .query<{ id: string; status: { state: string } }>('state');
    expect(state).toMatchObject({ id, status: { state: 'RUNNING' } });
    expect((await story.eventNames(id))[0]).toBe(needed);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
