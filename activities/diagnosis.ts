import { Unreachable } from '../src/core/errors/index.ts';
import type { FlinkEndpoint, FlinkJob, FlinkOverview } from '../src/flink/client.ts';
import { type Look, NotYet } from './poll.ts';

/** Why the tasks of a job do not all run. */
export interface Diagnosis {
  /** For people: its state, how often Flink restarted it, what it waits for, the root cause of its last failure. */
  why: string;
  /** Root cause of the last failure. */
  cause?: string;
  /**
   * Failures counted so far. One at most for each thorough look, so that a lost TaskManager counts once: Flink itself
   * may count it once for each of its tasks.
   */
  failures: number;
}

/** Asks Flink, while a wait for a job's tasks goes on, what the matter is. One of these for each wait. */
export class Diagnostician {
  readonly #jobId: string;
  #failures = 0;
  #lastFailureAt = 0;

  constructor(jobId: string) {
    this.#jobId = jobId;
  }

  /** @returns nothing where the look is not thorough, or Flink does not tell: what was said before still stands. */
  async ask(
    endpoint: FlinkEndpoint,
    job: FlinkJob,
    { signal, thorough }: Look,
  ): Promise<Diagnosis | undefined> {
    if (!thorough) return undefined;
    try {
      const [last] = await endpoint.exceptions(this.#jobId, 1, signal);
      if (last && last.at > this.#lastFailureAt) {
        this.#failures += 1;
        this.#lastFailureAt = last.at;
      }
      const why = describe(job, {
        ...(last
          ? { cause: last.rootCause, restarts: await this.#restarts(endpoint, signal) }
          : {}),
        ...(waitsForSlots(job) ? { slots: await endpoint.overview(signal) } : {}),
      });
      return { why, failures: this.#failures, ...(last ? { cause: last.rootCause } : {}) };
    } catch (error) {
      if (error instanceof Unreachable && !signal.aborted) return undefined;
      throw error;
    }
  }

  async #restarts(endpoint: FlinkEndpoint, signal: AbortSignal): Promise<number> {
    const { numRestarts } = await endpoint.metrics(this.#jobId, ['numRestarts'], signal);
    return Number(numRestarts ?? 0);
  }
}

/** The same as what a look answers that has found nothing. */
export const notRunning = (diagnosis: Diagnosis | undefined): NotYet => new NotYet(diagnosis?.why);

interface Findings {
  /** 0, too, while Flink does not tell yet. */
  restarts?: number;
  slots?: Pick<FlinkOverview, 'slotsAvailable' | 'slotsTotal'>;
  cause?: string;
}

/** One line for people. */
export function describe(job: FlinkJob, { restarts = 0, slots, cause }: Findings): string {
  const often =
    restarts > 0 ? `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'} so far` : '';
  const free = slots && `; ${slots.slotsAvailable} of ${slots.slotsTotal} slots are free`;
  const last = cause && `; its last failure: ${cause}`;
  return `the job is ${job.state}${often}${tasksOf(job)}${free ?? ''}${last ?? ''}`;
}

const waitsForSlots = ({ state, vertices }: FlinkJob): boolean =>
  state === 'CREATED' || vertices.some(({ status }) => /^(CREATED|SCHEDULED)$/.test(status));

const mostVertices = 3;

function tasksOf({ state, vertices }: FlinkJob): string {
  if (state !== 'RUNNING') return '';
  const idle = vertices.filter(({ status }) => status !== 'RUNNING' && status !== 'FINISHED');
  if (idle.length === 0) return '';
  const named = idle
    .slice(0, mostVertices)
    .map(({ name, status }) => `${name.slice(0, 60)} is ${status}`);
  const more = idle.length > mostVertices ? ' and so on' : '';
  return `, but not all its tasks run: ${named.join(', ')}${more}`;
}
