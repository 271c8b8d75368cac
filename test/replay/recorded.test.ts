import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type InjectedSinks, Worker } from '@temporalio/worker';
import { describe, expect, onTestFinished, test } from 'vitest';
import { decide } from '../../src/core/deployment/decide.ts';
import { explain } from '../../src/core/deployment/explain.ts';
import { explanationSchema } from '../../src/core/deployment/explanation-schema.ts';
import { recordOf } from '../../src/core/deployment/record.ts';
import type { DeploymentState } from '../../src/core/deployment/state.ts';
import { compareDocuments, patchDocument } from '../../src/core/document/index.ts';
import type { RecordBatch } from '../../src/core/records.ts';
import { openStore } from '../../src/store/open-store.ts';
import { payloadConverterPath } from '../../src/temporal/workflow-bundle.ts';
import { stateOf, writesOf, writtenBy } from './recorded-writes.ts';
import { type Recording, recordings, startOf } from './recordings.ts';
import type { WriteSinks } from './tell-writes.ts';

// When to record anew and when to use `patched`: docs/changing-workflows.md.

const all = recordings();
const byLife = Map.groupBy(all, ({ life }) => life);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The states that a run began with or wrote, of any release. */
const statesOf = ({ history }: Recording): DeploymentState[] => [
  ...[stateOf(history)].filter((state) => state !== undefined),
  ...writesOf(history)
    .flatMap(({ deployment }) => deployment ?? [])
    .map(stateInRow),
];

const stateInRow = ({ workflowState }: { workflowState: Record<string, unknown> }) =>
  workflowState as unknown as DeploymentState;

/** Replays them. @returns what failed, and what each asked the store to write, by its name. */
async function replayed(histories: readonly Recording[]) {
  const bundle = await bundleWorkflowCode({
    workflowsPath: path('../../workflows/index.ts'),
    workflowInterceptorModules: [path('tell-writes.ts')],
    payloadConverterPath,
    logger: new DefaultLogger('ERROR'),
  });
  const asked = new Map<string, RecordBatch[]>();
  const sinks: InjectedSinks<WriteSinks> = {
    writes: {
      asked: {
        callDuringReplay: true,
        fn: ({ runId }, batch) => {
          asked.set(runId, [...(asked.get(runId) ?? []), JSON.parse(batch)]);
        },
      },
    },
  };
  const options = { workflowBundle: bundle, dataConverter: { payloadConverterPath }, sinks };
  const failures: string[] = [];
  const writes = new Map<string, RecordBatch[]>();
  const names = histories.map(({ name }) => name);
  // One at a time, in their order.
  for await (const { error, runId } of Worker.runReplayHistories(options, histories)) {
    const name = names.shift() ?? '';
    if (error) failures.push(`${name}: ${error.message}`);
    writes.set(name, asked.get(runId) ?? []);
  }
  return { failures, writes };
}

/** What must not be another thing in another release (S29); the words for people may be. */
function meaningOf({ fence, deployment, jobs, savepoints, events }: RecordBatch) {
  const state = deployment && stateInRow(deployment);
  const { number, kind, pin } = state?.transition ?? {};
  return {
    fence,
    status: deployment?.status.state,
    counters: state?.counters,
    transition: [number, kind, pin?.path, pin?.restorePointId, pin?.allowNonRestoredState],
    restorePoints: state?.restorePoints.map(({ id, path, rank }) => [id, path, rank]),
    jobs: jobs?.map(({ id, state: at }) => [id, at]),
    savepoints: savepoints?.map(({ id, state: at, location }) => [id, at, location]),
    events: events?.map(({ name }) => name),
  };
}

describe('what earlier releases left in Temporal and in the store (R28, S29, F58)', () => {
  test('there is something of each kind of workflow', () => {
    const types = new Set(all.map(({ name }) => /\d+-(\w+)$/.exec(name)?.[1]));
    for (const type of ['deployment', 'prepareCluster', 'startJob', 'stopJob', 'takeSavepoint'])
      expect(types).toContain(type);
    expect(types).toContain('userSavepoint');
    const continued = all.filter(({ history }) => startOf(history).continuedExecutionRunId);
    expect(continued.length).toBeGreaterThan(1);
    expect(all.length).toBeGreaterThan(50);
  });

  test('each history replays, and comes to the same counters, pins and rows (L6)', async () => {
    const { failures, writes } = await replayed(all);
    expect(failures).toEqual([]);
    for (const { name, history } of all) {
      const before = writesOf(history).map(meaningOf);
      // The last task of an open run may have asked for more than was heard.
      const now = (writes.get(name) ?? []).slice(0, before.length).map(meaningOf);
      expect(now, name).toEqual(before);
    }
  });

  test.each([...byLife.keys()])(
    'the store takes the rows of %s and reads the same',
    async (life) => {
      const histories = (byLife.get(life) ?? []).map(({ history }) => history);
      const [first] = histories.flatMap((history) => stateOf(history) ?? []);
      if (!first) throw new Error('a life without a Deployment');
      const store = await openStore({ file: ':memory:' });
      onTestFinished(() => store.close());
      await store.deployments.insert(recordOf(first), []);
      let newest = 0;
      for (const batch of writtenBy(histories)) {
        await store.write(batch);
        const { deployment, deploymentId } = batch;
        if (deployment && deployment.revision > newest) {
          newest = deployment.revision;
          expect(await store.deployments.get(deploymentId)).toEqual(deployment);
        }
        for (const { id, state } of batch.jobs ?? [])
          expect(await store.jobs.get(id)).toMatchObject({ id, state });
        for (const savepoint of batch.savepoints ?? [])
          expect(await store.savepoints.get(savepoint.id)).toMatchObject(savepoint);
      }
      expect(newest).toBeGreaterThan(0);
    },
  );

  test('each state says what is next and why, and its document stays as it is (S11)', () => {
    const states = all.flatMap(statesOf);
    expect(states.length).toBeGreaterThan(100);
    for (const state of states) {
      explanationSchema.parse(explain(state));
      expect(decide(state).step).toEqual(expect.any(String));
      const unchanged = patchDocument(state.document, {}, state.documentSettings);
      const document = 'document' in unchanged ? unchanged.document : undefined;
      if (!document) throw new Error(JSON.stringify(unchanged));
      expect(compareDocuments(state.document, document, state.documentSettings).changed).toBe(
        false,
      );
    }
  });
});
