import type { ClusterHolder } from '../../src/core/cluster.ts';
import { Unreachable } from '../../src/core/errors/index.ts';
import type { SavepointRecord } from '../../src/core/records.ts';
import type { FlinkJobState } from '../../src/core/vocabulary.ts';
import type { SavepointOperation } from '../../src/flink/client.ts';
import { createFileReader } from '../../src/flink/state/file-reader.ts';
import type { StateReader } from '../../src/flink/state/reader.ts';
import { createStateStorage } from '../../src/flink/state/storage.ts';
import type { ActivityDeps } from '../deps.ts';

/** What a job, its cluster and the store answer. */
export interface Stubs {
  /** `unknown`: its target cannot say. Default: it lives. */
  jobManager?: 'gone' | 'unknown';
  /** Absent: the JobManager does not know the job. */
  state?: FlinkJobState;
  newest?: { id: number; path: string; isSavepoint?: boolean };
  /** What Flink says of retention. */
  retained?: boolean;
  /** Questions about checkpoints get no answer. */
  silent?: boolean;
  refreshMs?: string;
  operation?: SavepointOperation;
  /** What the watcher saw last. */
  seen?: { id: number; path: string };
  /** The Job's row says that it was RUNNING. */
  started?: boolean;
  rows?: Pick<SavepointRecord, 'id' | 'origin' | 'state' | 'location'>[];
  /** Of buckets; none: nobody can look there. */
  bucket?: StateReader;
  /** Filled with what Flink was asked, as far as its cache matters. */
  asked?: string[];
}

/** Dependencies that answer the questions about one job's newest state, and no others. */
export function stubDeps(stubs: Stubs): ActivityDeps {
  const { seen, rows = [], started } = stubs;
  const store = {
    observations: { get: async () => seen && { checkpoint: { ...seen, isSavepoint: false } } },
    jobs: {
      get: async () => (started ? { startedAt: 1 } : undefined),
      heldBy: async () => undefined,
      holder: async (_id: string, asking: ClusterHolder) => asking,
    },
    savepoints: { list: async () => rows },
    deployments: { get: async () => undefined },
    targets: { get: async () => ({ spec: { local: {} } }) },
  };
  const present = {
    kind: 'present',
    restUrl: 'http://127.77.0.1:18081',
    jobManager: stubs.jobManager === 'gone' ? 'exited' : 'running',
  };
  const unknown = { kind: 'unknown', why: 'the target does not answer' };
  const local = {
    holder: async () => ({ id: 'here', place: 'here:/data' }),
    describe: async () => (stubs.jobManager === 'unknown' ? unknown : present),
  };
  const files = createFileReader({ answerWithinMs: 15_000 });
  const storage = createStateStorage([files, ...(stubs.bucket ? [stubs.bucket] : [])]);
  const stand = { store, storage, targets: { local }, flink: { at: () => endpointOf(stubs) } };
  return { ...stand, now: () => 1 } as unknown as ActivityDeps;
}

function endpointOf({ newest, asked = [], ...stubs }: Stubs) {
  const told = newest && { isSavepoint: false, ...newest };
  return {
    jobState: async () => stubs.state,
    exceptions: async () => [],
    configuration: async () => {
      asked.push('configuration');
      return { 'web.refresh-interval': stubs.refreshMs ?? '0' };
    },
    checkpoints: async () => {
      asked.push('checkpoints');
      if (stubs.silent) throw new Unreachable('FLINK_UNREACHABLE', 'no answer');
      return told && { newest: told, ...(told.isSavepoint ? { latestSavepoint: told } : {}) };
    },
    checkpointConfiguration: async () =>
      stubs.retained === undefined ? undefined : { retained: stubs.retained },
    savepointOperation: async () => stubs.operation ?? { status: 'unknown' },
  };
}
