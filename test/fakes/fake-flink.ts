import { Refused } from '../../src/core/errors/index.ts';
import type { FlinkClient, FlinkEndpoint } from '../../src/flink/client.ts';
import type { Calls } from './calls.ts';
import type { FakeCluster } from './cluster.ts';
import type { FakeArtifactFetcher } from './fake-artifacts.ts';
import { flinkReads } from './fake-flink-reads.ts';
import type { FakeTarget } from './fake-target.ts';
import { type AskFlink, askingAt } from './rest.ts';
import type { RuledParts } from './ruled-parts.ts';
import { submit } from './submit.ts';

type Writes = Exclude<keyof FlinkEndpoint, keyof ReturnType<typeof flinkReads>>;

/** A Flink client over the world's clusters. */
export class FakeFlink implements FlinkClient {
  readonly #parts: RuledParts;
  readonly #calls: Calls;
  readonly #target: FakeTarget;
  readonly #artifacts: FakeArtifactFetcher;

  constructor(parts: RuledParts, calls: Calls, target: FakeTarget, artifacts: FakeArtifactFetcher) {
    this.#parts = parts;
    this.#calls = calls;
    this.#target = target;
    this.#artifacts = artifacts;
  }

  at(restUrl: string, clusterId: string): FlinkEndpoint {
    const listens = (url: string): FakeCluster | undefined =>
      [...this.#target.clusters.values()].find((cluster) => cluster.restUrl === url);
    const deploymentOf = (id: string): string | undefined =>
      this.#target.everMade.find((cluster) => cluster.clusterId === id)?.deploymentId;
    const { options } = this.#parts;
    const ask = askingAt({ restUrl, clusterId }, this.#calls, options, listens, deploymentOf);
    return { ...flinkReads(ask, options), ...flinkWrites(ask, this.#parts, this.#artifacts) };
  }

  async close(): Promise<void> {
    // Nothing is held open: the world closes with the test.
  }
}

function flinkWrites(
  ask: AskFlink,
  parts: RuledParts,
  artifacts: FakeArtifactFetcher,
): Pick<FlinkEndpoint, Writes> {
  return {
    uploadJar: (path, name, signal) =>
      ask('uploadJar', { detail: name }, signal, (cluster, call) => {
        const source = artifacts.sourceOf(path);
        if (source === undefined) throw new Refused('FLINK_REQUEST_REFUSED', `no file ${path}`);
        call.writes();
        const id = `${String(cluster.jars.length + 1).padStart(8, '0')}_${name}`;
        cluster.jars.push({ id, name, source });
        return id;
      }),
    deleteJar: (jarId, signal) =>
      ask('deleteJar', { detail: jarId }, signal, (cluster, call) => {
        const index = cluster.jars.findIndex((jar) => jar.id === jarId);
        if (index < 0) return;
        call.writes();
        cluster.jars.splice(index, 1);
      }),
    run: (request, signal) =>
      ask(
        'run',
        { flinkJobId: request.jobId, detail: request.savepointPath ?? '' },
        signal,
        (cluster, call) => submit(parts, cluster, request, call),
      ),
    ...captures(ask),
    cancel: (flinkJobId, signal) =>
      ask('cancel', { flinkJobId }, signal, (cluster, call) => {
        const job = cluster.jobs.get(flinkJobId);
        if (job === undefined) return 'not-found';
        // 202 again on CANCELED, 409 on any other end (flink.md 5).
        if (job.isTerminal) return job.state === 'CANCELED' ? 'accepted' : 'terminal';
        if (!job.program.warmUp) parts.invariants.mayStop(job, 'cancel');
        if (job.state !== 'CANCELLING') call.writes();
        job.cancel();
        return 'accepted';
      }),
    disposeSavepoint: (path, signal) =>
      ask('disposeSavepoint', { detail: path }, signal, (_cluster, call) => {
        if (parts.storage.read(path) === undefined) {
          throw new Refused('SAVEPOINT_FAILED', `FileNotFoundException: Cannot find ${path}`);
        }
        call.writes();
        parts.storage.delete(path);
      }),
  };
}

function captures(ask: AskFlink): Pick<FlinkEndpoint, 'triggerSavepoint' | 'stopWithSavepoint'> {
  return {
    triggerSavepoint: (request, signal) =>
      ask(
        'triggerSavepoint',
        { flinkJobId: request.jobId, detail: request.triggerId },
        signal,
        (cluster, call) =>
          cluster.operations.trigger('savepoint', cluster.jobs.get(request.jobId), request, call),
      ),
    stopWithSavepoint: (request, signal) =>
      ask(
        'stopWithSavepoint',
        { flinkJobId: request.jobId, detail: request.triggerId },
        signal,
        (cluster, call) =>
          cluster.operations.trigger('stop', cluster.jobs.get(request.jobId), request, call),
      ),
  };
}
