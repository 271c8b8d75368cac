import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetWorkflow } from '../../test/support/reset-workflow.ts';
import { createState } from '../core/deployment/create.ts';
import { Refused, Unreachable, ValidationFailed } from '../core/errors/index.ts';
import { defaultTransitionSettings as settings } from '../core/settings.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createDeploymentCommands } from './commands.ts';
import { openConnection, type TemporalConnection } from './connection.ts';
import type { CreateRequest, DeploymentCommands } from './deployment-commands.ts';
import { startDeployment } from './deployment-workflow.ts';
import type { DevServer } from './dev-server.ts';
import { createLostDeployments, type LostDeployments } from './lost-deployments.ts';
import { installRuntime } from './runtime.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { aDeployment, documentSettings } from './testing/deployments.ts';
import { cliForTests, serverForTests, temporaryFolder, until } from './testing/server.ts';
import { standInActivities } from './testing/stand-in-activities.ts';
import { createWorkers, type Workers } from './worker.ts';

const folder = temporaryFolder();
const log = pino({ level: 'silent' });
const heldBack = new Set<string>();
let server: DevServer;
let store: Store;
let temporal: TemporalConnection;
let lost: LostDeployments;
let commands: DeploymentCommands;
let working: { workers: Workers; run: Promise<void> } | undefined;

const address = (request: CreateRequest) => ({ namespace: request.namespace, id: request.id });
const workflowOf = (request: CreateRequest) =>
  temporal.client.workflow.getHandle(`deployment/${request.namespace}/${request.id}`);

async function startWorkers(): Promise<void> {
  const workers = await createWorkers({
    temporal: { address: server.address, namespace: 'default' },
    workflows: {
      workflowsPath: fileURLToPath(new URL('./testing/workflows.ts', import.meta.url)),
    },
    activities: standInActivities(
      store,
      (batch) => !heldBack.has(batch.deployment?.displayName ?? ''),
    ),
    watchActivities: { watchJob: async () => undefined },
    stickyTimeoutMs: 1_000,
  });
  working = { workers, run: workers.run() };
}

async function stopWorkers(): Promise<void> {
  working?.workers.shutdown();
  await working?.run;
  working = undefined;
}

const rename = (displayName: string, requestId: string = randomUUID()) => ({
  requestId,
  verb: 'patch' as const,
  body: { metadata: { displayName } },
  documentSettings,
});

async function created(state?: 'RUNNING'): Promise<CreateRequest> {
  const request = aDeployment(state);
  await commands.create(request);
  return request;
}

/** How many changes a Deployment has seen since its creation. */
async function changes(request: CreateRequest): Promise<number> {
  const first = createState({ ...request, settings, storageUri: '', now: 0 }).record.revision;
  return ((await store.deployments.get(request.id))?.revision ?? Number.NaN) - first;
}

/** Repeats a request, as a client does after a 503, until it is answered. */
async function untilAnswered(request: CreateRequest, change: ReturnType<typeof rename>) {
  const wanted = change.body.metadata.displayName;
  const isAnswered = async () => {
    const reply = await commands.change(address(request), change).catch((error: unknown) => {
      expect(error).toBeInstanceOf(Unreachable);
    });
    return reply?.record.displayName === wanted;
  };
  await until(`"${wanted}" is answered`, isAnswered, 40_000);
}

describe.skipIf(cliForTests === undefined)('commands to Deployments', () => {
  beforeAll(async () => {
    installRuntime(log);
    server = await serverForTests(join(folder.path, 'temporal'));
    store = await openStore({ file: join(folder.path, 'store.db') });
    temporal = openConnection({ address: server.address, namespace: 'default' });
    lost = createLostDeployments({ client: temporal.client, store, log, graceMs: 100 });
    commands = createDeploymentCommands({
      client: temporal.client,
      store,
      lost,
      settings,
      storageUri: 'file:///storage',
      clock: Date.now,
      callMs: 3_000,
      visibleMs: 1_000,
    });
    await startWorkers();
  }, 60_000);

  afterAll(async () => {
    await stopWorkers();
    await temporal?.connection.close();
    await server?.stop();
    await store?.close();
    folder.remove();
  }, 60_000);

  test('create stores the row and starts its workflow, with what operators look for', async () => {
    const request = aDeployment('RUNNING');

    const { record, changed } = await commands.create(request);

    expect(changed).toBe(true);
    expect(record).toMatchObject({ id: request.id, status: { state: 'TRANSITIONING' }, fence: 1 });
    const run = await workflowOf(request).describe();
    expect(run.status.name).toBe('RUNNING');
    expect(run.searchAttributes).toMatchObject({
      SluiceName: [request.document.name],
      SluiceDesired: ['RUNNING'],
      SluiceTarget: ['local'],
    });
  });

  test('a repeated create meets itself: one run, one row (S16)', async () => {
    const request = await created();
    const first = await workflowOf(request).describe();
    await commands.change(address(request), rename('changed since'));

    const again = await commands.create(request);

    expect(again.record.displayName).toBe('changed since');
    expect(again.record.fence).toBe(1);
    expect((await workflowOf(request).describe()).runId).toBe(first.runId);
  });

  test('another Deployment with the name is refused, and gets no workflow', async () => {
    const { document } = await created();
    const rival = { ...aDeployment(), document };
    await expect(commands.create(rival)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(workflowOf(rival).describe()).rejects.toThrow(/not found/i);
  });

  test('an answered change is visible to the next read (api.md 1.11)', async () => {
    const request = await created();
    for (const name of ['one', 'two', 'three']) {
      const { record, warnings } = await commands.change(address(request), rename(name));
      expect(record.displayName).toBe(name);
      expect(warnings).toEqual(['a warning']);
      expect((await store.deployments.get(request.id))?.displayName).toBe(name);
    }
  });

  test('a re-sent request id changes nothing a second time', async () => {
    const request = await created();
    const change = rename('once');
    const first = await commands.change(address(request), change);
    const second = await commands.change(address(request), change);
    expect(second.record.resourceVersion).toBe(first.record.resourceVersion);
  });

  test.each([
    ['invalid', ValidationFailed, 'VALIDATION_FAILED'],
    ['conflict', Refused, 'GENERATION_CONFLICT'],
    ['not possible', Refused, 'NOT_POSSIBLE_NOW'],
    ['no active job', Refused, 'NO_ACTIVE_JOB'],
  ])('a change that is %s is refused as such', async (name, type, code) => {
    const request = await created();
    const refusal = await commands.change(address(request), rename(name)).catch((error) => error);
    expect(refusal).toBeInstanceOf(type);
    expect(refusal).toMatchObject({ code });
    if (name === 'invalid') {
      expect(refusal.problems).toEqual([{ field: 'spec.state', message: 'is wrong' }]);
    }
  });

  test('a requested and a registered savepoint are in the store when the call answers', async () => {
    const request = await created('RUNNING');
    const requestId = randomUUID();
    const asked = await commands.triggerSavepoint(address(request), { requestId });
    expect(asked).toMatchObject({ id: requestId, state: 'STARTED', origin: 'USER_REQUEST' });
    const location = 'file:///savepoints/1';
    const copied = await commands.registerSavepoint(address(request), {
      requestId: randomUUID(),
      location,
    });
    expect(copied).toMatchObject({ location, state: 'COMPLETED', origin: 'COPIED' });
  });

  test('a savepoint without an active job is refused by the update itself', async () => {
    const at = address(await created());
    await expect(commands.triggerSavepoint(at, { requestId: randomUUID() })).rejects.toMatchObject({
      code: 'NO_ACTIVE_JOB',
    });
  });

  test('remove answers when the Deployment is gone, and its name is free at once', async () => {
    const request = await created();
    const gone = await commands.remove(address(request), { requestId: randomUUID() });
    expect(gone.id).toBe(request.id);
    expect(await store.deployments.get(request.id)).toBeUndefined();
    const successor = { ...aDeployment(), document: request.document };
    expect((await commands.create(successor)).record.name).toBe(request.document.name);
  });

  test('one whose workflow can never be started is removed all the same', async () => {
    const request = aDeployment('RUNNING');
    const { record } = createState({ ...request, settings, storageUri: '', now: 0 });
    const tooLarge = { ...record.workflowState, filler: 'x'.repeat(3_000_000) };
    await store.deployments.insert({ ...record, workflowState: tooLarge }, []);
    await expect(lost.restore(address(request))).rejects.toThrow('start');
    await commands.remove(address(request), { requestId: randomUUID() });
    expect(await store.deployments.get(request.id)).toBeUndefined();
  });

  test('a Deployment that is not there is told from one in another namespace by nobody', async () => {
    const unknown = { namespace: 'default', id: randomUUID() };
    await expect(commands.change(unknown, rename('x'))).rejects.toMatchObject({
      code: 'DEPLOYMENT_NOT_FOUND',
    });
    const { id } = await created();
    await expect(commands.change({ namespace: 'other', id }, rename('x'))).rejects.toMatchObject({
      code: 'DEPLOYMENT_NOT_FOUND',
    });
    expect((await store.deployments.get(id))?.fence).toBe(1);
  });

  test('a change that the store does not show in time is a 503, and its repeat is answered', async () => {
    const request = await created();
    heldBack.add('held back');
    const change = rename('held back');
    await expect(commands.change(address(request), change)).rejects.toBeInstanceOf(Unreachable);

    heldBack.clear();
    await untilAnswered(request, change);
    expect(await changes(request)).toBe(1);
  });

  test('a change that a run accepted which was reset to its past is not answered as made (S21)', async () => {
    const request = await created();
    for (const name of ['once', 'twice']) await commands.change(address(request), rename(name));
    const { workflowId } = workflowOf(request);
    await resetWorkflow(temporal.client, workflowId, { reapply: false });
    const late = commands.change(address(request), rename('to the past'));
    await expect(late).rejects.toBeInstanceOf(Unreachable);
    expect((await store.deployments.get(request.id))?.displayName).toBe('twice');
  });

  describe('an explanation', () => {
    const unanswered = { code: 'TEMPORAL_UNAVAILABLE', retryable: true };
    const asked = async (request: CreateRequest) => {
      const row = await store.deployments.get(request.id);
      if (!row) throw new Error('the row is gone');
      return await commands.explain(row);
    };

    test('comes from the workflow itself', async () => {
      const request = await created('RUNNING');
      expect(await asked(request)).toMatchObject({ desired: 'RUNNING', status: 'TRANSITIONING' });
    });

    test.each([
      ['of another version', 'not one that this version understands'],
      ['broken', 'cannot explain'],
    ])('of a worker that is %s counts as none', async (name, why) => {
      const request = await created();
      await commands.change(address(request), rename(name));
      const failure = await asked(request).catch((error) => error);
      expect(failure).toMatchObject(unanswered);
      expect(failure.message).toContain(why);
    });

    test('is not taken from a run that has ended: it would say what was so then', async () => {
      const request = await created('RUNNING');
      await workflowOf(request).terminate('by hand');
      await expect(asked(request)).rejects.toMatchObject(unanswered);
      expect((await store.deployments.get(request.id))?.fence).toBe(1);
    });

    test('is not taken from a run that is fenced out', async () => {
      const request = await created();
      await store.deployments.raiseFence(request.id);
      await expect(asked(request)).rejects.toMatchObject(unanswered);
    });
  });

  describe('a lost workflow (F65)', () => {
    test('is taken up from the store by the next call, with a higher fence', async () => {
      const request = await created();
      await commands.change(address(request), rename('before'));
      await workflowOf(request).terminate('by hand');

      const { record } = await commands.change(address(request), rename('after'));

      expect(record).toMatchObject({ displayName: 'after', fence: 2 });
      expect(await changes(request)).toBe(2);
      expect(record.workflowState).toMatchObject({ fence: 2, mustTakeStock: true });
    });

    test('that 20 callers miss at once is taken up once', async () => {
      const request = await created();
      await workflowOf(request).terminate('by hand');
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => commands.change(address(request), rename(`n${n}`))),
      );
      expect(await store.deployments.get(request.id)).toMatchObject({ fence: 2 });
      expect(await changes(request)).toBe(20);
    });

    test('is not begun afresh by a repeated create', async () => {
      const request = await created();
      await commands.change(address(request), rename('kept'));
      await workflowOf(request).terminate('by hand');
      const { record } = await commands.create(request);
      expect(record).toMatchObject({ displayName: 'kept', fence: 2 });
      expect((await workflowOf(request).describe()).memo).toMatchObject({ fence: 2 });
    });

    test('is found by the sweep, as is a row that no workflow ever took up', async () => {
      const [terminated, healthy] = [await created(), await created()];
      await workflowOf(terminated).terminate('by hand');
      const never = aDeployment();
      const { record, events } = createState({
        ...never,
        settings,
        storageUri: '',
        now: Date.now(),
      });
      await store.deployments.insert(record, events);
      const isKnown = async () => (await lost.sweep()) === 0;

      await until('the sweep finds nothing to do any more', isKnown);

      for (const request of [terminated, never]) {
        expect((await workflowOf(request).describe()).status.name).toBe('RUNNING');
        expect((await store.deployments.get(request.id))?.fence).toBe(2);
      }
      expect((await store.deployments.get(healthy.id))?.fence).toBe(1);
    });

    test('an open run below its row’s fence can write nothing and is replaced (S21)', async () => {
      const request = await created();
      const rival = await store.deployments.raiseFence(request.id);
      expect(rival?.fence).toBe(2);
      await until('the sweep replaced it', async () => (await lost.sweep()) === 1);
      expect((await workflowOf(request).describe()).memo).toMatchObject({ fence: 3 });
      const { record } = await commands.change(address(request), rename('written'));
      expect(record).toMatchObject({ displayName: 'written', fence: 3 });
    });

    test('of two restores that cross, the higher fence stays', async () => {
      const request = await created();
      await workflowOf(request).terminate('by hand');
      const lower = await store.deployments.raiseFence(request.id);
      if (!lower) throw new Error('the row is gone');
      const other = createLostDeployments({ client: temporal.client, store, log });
      const crossing = other.restore(address(request));
      await startDeployment(temporal.client, lower, 'again').catch(() => undefined);
      await crossing;
      await until('no run is fenced out', async () => (await lost.sweep()) === 0);
      const fence = (await store.deployments.get(request.id))?.fence;
      expect((await workflowOf(request).describe()).memo).toMatchObject({ fence });
    });
  });

  test('without a worker a change is a 503; its repeat is done once (F55)', async () => {
    const request = await created();
    await stopWorkers();
    const change = rename('patient');
    const failure = await commands.change(address(request), change).catch((error) => error);
    expect(failure).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE', retryable: true });
    // On a busy server the answer that no worker is there may come after the call's limit: then it says only that.
    await until('it says that no worker is there', async () => {
      const silence = await commands
        .explain({ ...address(request), fence: 1 })
        .catch((error) => error);
      expect(silence).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
      return silence.message.includes('worker');
    });

    await startWorkers();

    await untilAnswered(request, change);
    expect(await changes(request)).toBe(1);
  }, 60_000);

  test('without a server writes are a 503 and reads go on; then all is as before (F56)', async () => {
    const request = await created();
    const unwanted = await created();
    const port = Number(server.address.split(':')[1]);
    await server.stop();
    const failure = await commands.change(address(request), rename('lost')).catch((error) => error);
    expect(failure).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE', retryable: true });
    const removal = { requestId: randomUUID() };
    const removed = commands.remove(address(unwanted), removal);
    await expect(removed).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE', retryable: true });
    expect((await store.deployments.get(unwanted.id))?.id).toBe(unwanted.id);
    const orphan = aDeployment();
    const remove = commands.remove(address(request), { requestId: randomUUID() });
    await expect(remove).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    await expect(commands.create(orphan)).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    expect((await store.deployments.get(request.id))?.id).toBe(request.id);
    const silence = commands.explain({ ...address(request), fence: 1 });
    await expect(silence).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    await expect(lost.sweep()).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });

    server = await serverForTests(join(folder.path, 'temporal'), { port });

    await untilAnswered(request, rename('back'));
    expect((await store.deployments.get(request.id))?.fence).toBe(1);
    await commands.remove(address(unwanted), removal);
    expect(await store.deployments.get(unwanted.id)).toBeUndefined();
    await expect(commands.remove(address(unwanted), removal)).rejects.toMatchObject({
      code: 'DEPLOYMENT_NOT_FOUND',
    });
    expect((await commands.create(orphan)).record.id).toBe(orphan.id);
    expect((await workflowOf(orphan).describe()).status.name).toBe('RUNNING');
  }, 120_000);

  test('a worker without its search attributes says how to register them', async () => {
    const namespace = 'bare';
    await temporal.connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const options = { connection: temporal.connection, namespace };
    const check = (register: boolean) => ensureSearchAttributes({ ...options, register });
    await until('the namespace is known', () =>
      check(false).then(
        () => true,
        (error) => error instanceof Refused,
      ),
    );
    await expect(check(false)).rejects.toThrow(
      /temporal operator search-attribute create --namespace bare .*--name SluiceState --type Keyword/,
    );
    await check(true);
    const isThere = () =>
      check(false).then(
        () => true,
        () => false,
      );
    await until('they are registered', isThere, 20_000);
  }, 60_000);
});
