import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterRef } from '../../../src/core/cluster.ts';
import { Unreachable } from '../../../src/core/errors/index.ts';
import { withoutDashes } from '../../../src/core/ids.ts';
import { terminalFlinkJobStates } from '../../../src/core/vocabulary.ts';
import type { FlinkCheckpoint, FlinkClient, FlinkEndpoint } from '../../../src/flink/client.ts';
import { createFlinkClient } from '../../../src/flink/create-client.ts';
import { findRuntimes } from '../../../src/setup/runtimes.ts';
import { createLocalTarget } from '../../../src/targets/local/local-target.ts';
import type { ClusterTarget } from '../../../src/targets/target.ts';

const sumNames = ['counter.count', 'counter.gap', 'counter.restored', 'counter.told'];

/** One number of the sample job, summed over its subtasks (`examples/README.md`). */
export interface Count {
  count: number;
  /** 0: nothing skipped, nothing counted twice. */
  gap: number;
  restored: number;
  firstAt: number;
  lastAt: number;
  restoredLastAt: number;
}

/** A cluster with what really runs on it, whatever Sluice believes. */
export interface Running {
  ref: ClusterRef;
  endpoint: FlinkEndpoint;
  /** As {@link isLive} has it. */
  live: { id: string; state: string }[];
}

/** A job that is live by Flink's own word. */
export interface LiveJob {
  deploymentId: string;
  id: string;
  state: string;
}

/** Not globally terminal, and not our own warm-up. */
export const isLive = ({ name, state }: { name: string; state: string }): boolean =>
  name !== 'warm-up' && !terminal.includes(state);

const terminal: readonly string[] = terminalFlinkJobStates;

/** What `read` finds within 5 s; `undefined` where what it asks does not answer. */
async function unlessUnreachable<T>(
  read: (signal: AbortSignal) => Promise<T | undefined> | undefined,
): Promise<T | undefined> {
  const signal = AbortSignal.timeout(5_000);
  try {
    return await read(signal);
  } catch (error) {
    if (error instanceof Unreachable || signal.aborted) return undefined;
    throw error;
  }
}

/** The world as Flink and the process table have it: the oracle beside Sluice's own word. */
export class FlinkTruth {
  readonly target: ClusterTarget;
  readonly #flink: FlinkClient;

  constructor(target: ClusterTarget, flink: FlinkClient) {
    this.target = target;
    this.#flink = flink;
  }

  static async of(dataDirectory: string): Promise<FlinkTruth> {
    const { flink: runtimes, java } = findRuntimes();
    const owner = await readFile(join(dataDirectory, 'installation-id'), 'utf8');
    const target = createLocalTarget({ runtimes, java, dataDirectory, owner });
    return new FlinkTruth(target, createFlinkClient({ callTimeoutMs: 3_000 }));
  }

  close(): Promise<void> {
    return this.#flink.close();
  }

  /** Clusters that have a process or a folder. */
  clusters(): Promise<ClusterRef[]> {
    return this.target.list(AbortSignal.timeout(10_000));
  }

  /** Every cluster whose REST endpoint answers, with its live jobs; none while the target does not answer. */
  async running(deploymentId?: string): Promise<Running[]> {
    const isWanted = (ref: ClusterRef) =>
      deploymentId === undefined || ref.deploymentId === deploymentId;
    return (await this.#see(isWanted)) ?? [];
  }

  /** All live jobs; `undefined` while the target does not answer. */
  async live(): Promise<LiveJob[] | undefined> {
    const seen = await this.#see(() => true);
    return seen?.flatMap(({ ref: { deploymentId }, live }) =>
      live.map((job) => ({ ...job, deploymentId })),
    );
  }

  /** What answers of the clusters that are wanted; only those are asked. */
  async #see(isWanted: (ref: ClusterRef) => boolean): Promise<Running[] | undefined> {
    const known = await this.clusters().catch((error: unknown) => {
      if (error instanceof Unreachable) return undefined;
      throw error;
    });
    if (!known) return undefined;
    const all = await Promise.all(known.filter(isWanted).map((ref) => this.#look(ref)));
    return all.filter((one) => one !== undefined);
  }

  async #ofJob(jobId: string): Promise<Running | undefined> {
    return (await this.#see((ref) => ref.jobId === jobId))?.[0];
  }

  #look(ref: ClusterRef): Promise<Running | undefined> {
    return unlessUnreachable(async (signal) => {
      await this.target.holder(signal);
      const seen = await this.target.describe(ref, signal);
      if (seen.kind !== 'present' || !seen.restUrl || seen.jobManager === 'exited')
        return undefined;
      const endpoint = this.#flink.at(seen.restUrl, ref.clusterId);
      const jobs = await endpoint.jobs(signal);
      return { ref, endpoint, live: jobs.filter(isLive) };
    });
  }

  /**
   * The sample job's own numbers; `undefined` while they cannot be read, and while some subtask has not told its own:
   * Flink sums over those TaskManagers whose metrics it has fetched so far, so an early sum may be one share of two.
   */
  async count(jobId: string): Promise<Count | undefined> {
    const at = await this.#ofJob(jobId);
    if (!at) return undefined;
    return unlessUnreachable(async (signal) => {
      const flinkId = withoutDashes(jobId);
      const vertices = (await at.endpoint.job(flinkId, signal))?.vertices ?? [];
      const vertex = vertices.find(({ name }) => name.startsWith('counter'));
      if (!vertex) return undefined;
      const read = (names: string[], aggregate: 'sum' | 'min' | 'max') =>
        at.endpoint.vertexMetrics(flinkId, vertex.id, names, aggregate, signal);
      const sums = await read(sumNames, 'sum');
      const first = await read(['counter.firstAt'], 'min');
      const last = await read(['counter.lastAt', 'counter.restoredLastAt'], 'max');
      const [count, gap, restored] = sumNames.map((name) => sums[name]);
      if (sums['counter.told'] !== vertex.parallelism) return undefined;
      if (count === undefined || gap === undefined || restored === undefined) return undefined;
      return {
        count,
        gap,
        restored,
        firstAt: first['counter.firstAt'] ?? 0,
        lastAt: last['counter.lastAt'] ?? 0,
        restoredLastAt: last['counter.restoredLastAt'] ?? 0,
      };
    });
  }

  /** Id of the newest completed checkpoint of a job that runs. */
  async checkpointId(jobId: string): Promise<number | undefined> {
    return (await this.checkpoint(jobId))?.id;
  }

  /**
   * The newest completed checkpoint of a job that runs, as of up to 3 s ago: Flink answers from a cache; `undefined` while
   * that cannot be read: Flink 1.20 answers now and then 500 (`NullArgumentException: input array`) before the first one.
   */
  async checkpoint(jobId: string): Promise<FlinkCheckpoint | undefined> {
    const at = await this.#ofJob(jobId);
    const known = await unlessUnreachable((signal) =>
      at?.endpoint.checkpoints(withoutDashes(jobId), signal),
    );
    return known?.newest;
  }
}
