/** What the code in a jar does when it runs. Durations in milliseconds of the world. */
export interface FakeProgram {
  /** Given to `env.execute(name)`. */
  name: string;
  /** Uids of the operators with state: a restore that knows others needs `allowNonRestoredState`. */
  operators: readonly string[];
  /** Another type than the savepoint's fails the job after the submit was accepted (flink.md 4). */
  stateType: string;
  /** `main()` throws this: refused, no job, the id stays usable. */
  mainThrows?: string;
  /** `main()` takes this long instead of the world's usual time. */
  mainTakesMs?: number;
  /** Classes that can be run; undefined: any. */
  entryClasses?: readonly string[];
  /** Tasks fail after running this long, in every run. */
  failsAfterMs?: number;
  /** Restarts before the job is terminally FAILED. Flink's default with checkpoints is without end. */
  restarts: number;
  /** A bounded source: FINISHED after running this long. */
  finishesAfterMs?: number;
  /** Off: counts of 0, though savepoints can be taken. */
  checkpointing: boolean;
  /** Its checkpoints have no address: `<checkpoint-not-externally-addressable>` (R22). */
  unaddressable?: boolean;
  /** Checkpoints and savepoints take this much longer. */
  slowCheckpointMs: number;
  /** User code that never ends when cancelled: CANCELLING until the cluster goes (F40). */
  cancelHangs?: boolean;
  /** Tasks stay SCHEDULED although the job reads RUNNING. */
  neverDeploys?: boolean;
  /** The program overrides the parallelism it was given (S30). */
  parallelism?: number;
  /** The program sets its own restore path: what it was submitted with has no effect (S24). */
  ignoresRestorePath?: boolean;
  /** The controller's own throw-away job: not a job of the Deployment (S1). */
  warmUp: boolean;
}

/** A keyed counter over an endless source. */
const counterProgram: FakeProgram = {
  name: 'counter',
  operators: ['source', 'counter'],
  stateType: 'long',
  restarts: Number.POSITIVE_INFINITY,
  checkpointing: true,
  slowCheckpointMs: 0,
  warmUp: false,
};

const warmUpProgram = (finishesAfterMs: number): FakeProgram => ({
  ...counterProgram,
  name: 'warm-up',
  checkpointing: false,
  finishesAfterMs,
  warmUp: true,
});

/** A program, or one per run: `run` counts 1, 2, … over all runs of the jar. */
export type ProgramSource = Partial<FakeProgram> | ((run: number) => Partial<FakeProgram>);

/** Programs by the URI of their jar. What a test did not define is a keyed counter that never ends. */
export class Programs {
  readonly #sources = new Map<string, ProgramSource>();
  readonly #runs = new Map<string, number>();
  readonly #warmUpMs: number;

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs;
  }

  /** Also replaces: what runs already keeps the code it was started with. */
  define(jarUri: string, source: ProgramSource): void {
    this.#sources.set(jarUri, source);
  }

  /** The code for the next run of the jar. */
  next(jarUri: string): FakeProgram {
    if (isWarmUpJar(jarUri)) return warmUpProgram(this.#warmUpMs);
    const run = (this.#runs.get(jarUri) ?? 0) + 1;
    this.#runs.set(jarUri, run);
    const source = this.#sources.get(jarUri) ?? {};
    return { ...counterProgram, ...(typeof source === 'function' ? source(run) : source) };
  }
}

/** The warm-up jar is known by its file name, as it comes from no `jarUri`. */
export const isWarmUpJar = (path: string): boolean => /(^|\/)warm-up[^/]*$/.test(path);
