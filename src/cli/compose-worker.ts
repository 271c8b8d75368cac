import { join } from 'node:path';
import { type ActivityDeps, createActivities } from '../../activities/index.ts';
import { createArtifactFetcher, onlyJars } from '../artifacts/index.ts';
import type { Config } from '../config.ts';
import { ValidationFailed } from '../core/errors/index.ts';
import { certificateProblems } from '../flink/certificates.ts';
import { createFlinkClient } from '../flink/create-client.ts';
import { createFileReader } from '../flink/state/file-reader.ts';
import { createS3Reader } from '../flink/state/s3-reader.ts';
import { createStateStorage } from '../flink/state/storage.ts';
import { findWarmUpJar } from '../setup/runtimes.ts';
import { awaitNamespace } from '../temporal/namespace.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startSweeping } from '../temporal/sweep.ts';
import { createWorkers, type Workers } from '../temporal/worker.ts';
import { payloadConverterPath, workflowBundle } from '../temporal/workflow-bundle.ts';
import { type Shared, uriRules } from './compose.ts';
import { openKubernetesTargets } from './compose-kubernetes.ts';
import { openLocalTarget } from './compose-local.ts';
import { lostDeployments, orphanedClusters } from './sweeps.ts';

/** Of one question to a volume or to S3; a worker that waits longer for it says that it does not answer. */
const storageAnswerMs = 15_000;

/**
 * Runs the workers and the sweep until the scope ends. Waits for Temporal, however long it takes to come.
 * @param ownServer Temporal is ours: what is missing there is registered, not asked for.
 * @throws {ValidationFailed} targets are to be served that cannot be.
 * @throws {Refused} SETUP_INCOMPLETE, JDK_MISSING; TEMPORAL_UNAVAILABLE when its namespace or search attributes are missing.
 */
export async function openWorker(shared: Shared, ownServer: boolean): Promise<Workers> {
  const { config, log, scope, temporal, temporalSettings, lost } = shared;
  const deps = await activityDeps(shared);
  const { watchJob, ...activities } = createActivities(deps);
  const codePath = await workflowBundle({ cacheDirectory: config.cacheDirectory, log });
  await awaitNamespace({
    connection: temporal.connection,
    address: temporalSettings.address,
    namespace: config.temporal.namespace,
    register: ownServer,
    log,
    stop: scope.stop,
  });
  // No sooner: it keeps the process alive until its last worker has ended.
  installRuntime(log, config.temporal.workerMetricsAddress);
  const workers = await createWorkers({
    temporal: temporalSettings,
    workflows: { codePath },
    payloadConverterPath,
    activities,
    watchActivities: { watchJob },
  });
  const run = workers.run().catch(scope.fail);
  scope.defer('worker', async () => {
    workers.shutdown();
    await run;
  });
  const sweeps = [lostDeployments(lost), orphanedClusters(deps, log)];
  const sweeping = startSweeping({ sweeps, log });
  scope.defer('sweep', () => sweeping.stop());
  return workers;
}

async function activityDeps(shared: Shared): Promise<ActivityDeps> {
  const { config, scope, store } = shared;
  const local = await openLocalTarget(shared);
  const kubernetes = await openKubernetesTargets(shared);
  const flink = createFlinkClient({
    ...(kubernetes ? { gatewayTo: kubernetes.gatewayTo } : {}),
    certificates: await flinkCertificates(config),
  });
  scope.defer('flink client', () => flink.close());
  const files = createFileReader({ answerWithinMs: storageAnswerMs });
  const buckets = createS3Reader({ ...config.s3, answerWithinMs: storageAnswerMs });
  scope.defer('connections to S3', async () => buckets.close());
  const artifacts = createArtifactFetcher({
    ...uriRules(config),
    cacheDirectory: join(config.dataDirectory, 'artifact-cache'),
    maxBytes: config.artifacts.maxUploadBytes,
  });
  scope.defer('artifact fetcher', () => artifacts.close());
  return {
    store,
    targets: { ...local, ...(kubernetes ? { kubernetes } : {}) },
    flink,
    storage: createStateStorage([files, buckets]),
    artifacts: onlyJars(artifacts),
    warmUpJar: findWarmUpJar(config.cacheDirectory),
    now: Date.now,
  };
}

/** @throws {ValidationFailed} naming each file that cannot be used. */
async function flinkCertificates({ flinkTls: { files } }: Config) {
  if (!files) return undefined;
  const problems = await certificateProblems(files);
  if (problems.length === 0) return files;
  const fields = {
    ca: 'SLUICE_FLINK_TLS_CA',
    certificate: 'SLUICE_FLINK_TLS_CERT',
    key: 'SLUICE_FLINK_TLS_KEY',
  };
  throw new ValidationFailed(
    problems.map(({ file, why }) => ({ field: fields[file], message: `is refused: ${why}` })),
  );
}
