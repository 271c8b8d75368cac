import { Refused } from '../../src/core/errors/index.ts';
import type { RunRequest } from '../../src/flink/client.ts';
import type { Call } from './calls.ts';
import { unreachable } from './calls.ts';
import { pause } from './clock.ts';
import type { FakeCluster } from './cluster.ts';
import { stateConfiguration } from './configuration.ts';
import type { FakeJob, JobStart } from './job.ts';
import type { FakeProgram } from './program.ts';
import type { RuledParts } from './ruled-parts.ts';
import type { Capture } from './storage.ts';

/** `POST /jars/:id/run` with a pinned job id, in the order in which Flink looks at things (flink.md 4). */
export async function submit(
  parts: RuledParts,
  cluster: FakeCluster,
  request: RunRequest,
  call: Call,
): Promise<void> {
  const jar = cluster.jars.find((one) => one.id === request.jarId);
  if (jar === undefined) refuse(`RestHandlerException: Jar file ${request.jarId} does not exist`);
  if (cluster.burnt.has(request.jobId)) refuse(duplicate);
  // Of two posts at once one wins: the id is taken while main() runs and given back if no job came of it.
  cluster.burnt.add(request.jobId);
  const { clock, runMs, runLimitMs } = parts.options;
  const program = parts.programs.next(jar.source);
  const mainMs = program.mainTakesMs ?? runMs;
  const work = mainThenStart(parts, cluster, request, program, call, mainMs);
  if (mainMs <= runLimitMs) return work;
  // Whoever asked has hung up: nobody hears how it ends.
  work.catch(() => undefined);
  await pause(clock, runLimitMs);
  throw unreachable('run', 'no answer in time');
}

async function mainThenStart(
  parts: RuledParts,
  cluster: FakeCluster,
  request: RunRequest,
  program: FakeProgram,
  call: Call,
  mainMs: number,
): Promise<void> {
  try {
    await pause(parts.options.clock, mainMs);
    if (cluster.jobManager !== 'running') throw unreachable('run', 'connection reset');
    runMain(program, request);
    const { savepointPath: _, ...fromNothing } = request;
    start(parts, cluster, program.ignoresRestorePath ? fromNothing : request, program, call);
  } finally {
    if (!cluster.jobs.has(request.jobId)) cluster.burnt.delete(request.jobId);
  }
}

function runMain(program: FakeProgram, request: RunRequest): void {
  const { entryClass } = request;
  if (entryClass !== undefined && program.entryClasses?.includes(entryClass) === false) {
    refuse(
      `ProgramInvocationException: The program's entry point class '${entryClass}' was not found in the jar file.`,
    );
  }
  if (program.mainThrows !== undefined) refuse(program.mainThrows);
}

function start(
  parts: RuledParts,
  cluster: FakeCluster,
  request: RunRequest,
  program: FakeProgram,
  call: Call,
): void {
  if (!program.warmUp) parts.invariants.mayRun(cluster, request.jobId);
  const { savepointPath: path } = request;
  const capture = path === undefined ? undefined : parts.storage.read(path);
  if (path !== undefined && capture !== undefined) {
    parts.invariants.mayRestore(cluster.deploymentId, path, capture);
  }
  call.writes();
  const refusal = whyNotRestore(request, program, capture);
  if (refusal !== undefined) failInit(cluster, jobStart(cluster, request, program), refusal);
  const origin = path === undefined || capture === undefined ? {} : { origin: { path, capture } };
  const job = cluster.addJob({ ...jobStart(cluster, request, program), ...origin });
  if (!program.warmUp) noteStart(parts, job, path, capture);
  job.begin();
}

/** The job exists as FAILED, and its id is burnt. */
function failInit(cluster: FakeCluster, start: JobStart, refusal: string): never {
  cluster.addJob(start).fail(refusal);
  refuse(refusal);
}

function whyNotRestore(
  request: RunRequest,
  program: FakeProgram,
  capture: Capture | undefined,
): string | undefined {
  if (request.savepointPath === undefined) return undefined;
  if (capture === undefined) return notThere(request.savepointPath);
  if (request.allowNonRestoredState === true) return undefined;
  const unknown = capture.operators.find((operator) => !program.operators.includes(operator));
  return unknown === undefined ? undefined : notMapped(request.savepointPath, unknown);
}

function jobStart(cluster: FakeCluster, request: RunRequest, program: FakeProgram): JobStart {
  const runConfiguration = request.flinkConfiguration ?? {};
  return {
    id: request.jobId,
    program,
    parallelism: request.parallelism,
    configuration: stateConfiguration(cluster.configuration, runConfiguration),
    runConfiguration,
  };
}

function noteStart(
  parts: RuledParts,
  job: FakeJob,
  path: string | undefined,
  capture: Capture | undefined,
): void {
  const found =
    path === undefined || capture === undefined ? undefined : { path, counter: capture.counter };
  parts.lineage.started(job.deploymentId, job.id, found);
}

function refuse(rootCause: string): never {
  throw new Refused('FLINK_REQUEST_REFUSED', rootCause);
}

const duplicate = 'DuplicateJobSubmissionException: Job has already been submitted.';

const notThere = (path: string): string =>
  `JobInitializationException: Could not start the JobMaster. FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`;

const notMapped = (path: string, operator: string): string =>
  `IllegalStateException: Failed to rollback to checkpoint/savepoint ${path}. Cannot map checkpoint/savepoint state for operator ${operator} to the new program, because the operator is not available in the new program. If you want to allow to skip this, you can set the --allowNonRestoredState option on the CLI.`;
