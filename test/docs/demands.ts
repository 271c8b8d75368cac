import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { read, root } from './document.ts';

interface Demand {
  /** As tests cite it. */
  id: string;
  text: string;
  /** The same whatever a Deployment runs on: one test of the rule is enough. */
  isOfTheApi?: true;
}

/** What the documentation of Deployments demands, line by line. */
export const demands: readonly Demand[] = [
  demand(1, 'jobs, state, events, target, policies and template of a Deployment can be looked at'),
  demand(2, 'never two active jobs of a Deployment; a cluster of its own for each Job'),
  ofTheApi(3, 'what `GET` answers has every default'),
  demand(4, 'desired states RUNNING, CANCELLED, SUSPENDED'),
  demand(5, 'a cancel takes no savepoint; a checkpoint that is retained stays a restore point'),
  demand(6, 'a suspend stops the job only after its savepoint succeeded'),
  demand(7, 'CANCELLED and SUSPENDED hold nothing on the target'),
  demand(8, 'a difference between wish and fact starts a transition by itself'),
  demand(9, 'the latest change counts, others may be skipped'),
  demand(10, 'RUNNING: started as specified, not ended'),
  demand(11, 'CANCELLED: the job was cancelled'),
  demand(12, 'SUSPENDED: a savepoint was made, the job has ended'),
  demand(13, 'FINISHED: a bounded job ended well, and is run again only by cancelling and running'),
  demand(14, 'TRANSITIONING: on the way'),
  demand(15, 'FAILED: a transition failed; the job may still run'),
  demand(16, 'STATELESS upgrade: stop, start'),
  demand(17, 'STATEFUL upgrade: savepoint, stop, start from it'),
  demand(18, 'upgrade strategy NONE: by hand only'),
  demand(19, 'annotations and keys of `spec` start an upgrade, nothing else'),
  demand(20, 'a failed savepoint is tried again; no job is stopped before one succeeded'),
  demand(21, 'an upgrade leaves no process of the old Job'),
  demand(22, 'LATEST_STATE: newest of checkpoints and savepoints'),
  demand(23, 'LATEST_SAVEPOINT: newest savepoint, whoever asked for it'),
  demand(24, 'restore strategy NONE: from nothing, with a warning beside STATEFUL'),
  ofTheApi(25, '`startFromSavepoint` becomes `restoreStrategy`'),
  demand(26, 'without retained checkpoints LATEST_STATE is LATEST_SAVEPOINT'),
  demand(27, 'STATEFUL takes its savepoint whatever is restored'),
  demand(28, '`allowNonRestoredState` reaches Flink as given'),
  demand(29, 'each field of the template has its effect, read back from Flink'),
  demand(30, 'limits of attempts end in FAILED'),
  demand(31, 'attempts to start count afresh once a job ran'),
  demand(32, 'Flink restarts a failing job; one that it gives up comes back by itself'),
  demand(33, 'the target chooses where jobs run'),
  demand(34, "the original's full example is accepted, and runs with what it names replaced"),
  demand(35, 'step, attempt and last error can be read in the Temporal Web UI'),
  demand(36, 'signals of the Temporal command line change what is wanted; garbage breaks nothing'),
];

function demand(n: number, text: string): Demand {
  return { id: `M${String(n).padStart(2, '0')}`, text };
}

function ofTheApi(n: number, text: string): Demand {
  return { ...demand(n, text), isOfTheApi: true };
}

/** Kinds of tests, from rules to the real thing. */
export const kinds = {
  'rules and API': '{src,api,activities,workflows}/**/*.test.ts',
  'real Temporal, fake Flink': 'test/{scenarios,faults,replay}/*.test.ts',
  'local Flink': 'test/{e2e,contract}/*.test.ts',
  Kubernetes: 'test/kubernetes/*.test.ts',
};

/** Names of the test files that cite each demand, by kind. */
export function citations(): Map<string, string[]>[] {
  return Object.values(kinds).map((pattern) => {
    const found = new Map<string, string[]>();
    for (const path of globSync(pattern, { cwd: root }).sort())
      for (const id of citedIn(read(path)))
        found.set(id, [...(found.get(id) ?? []), basename(path, '.test.ts')]);
    return found;
  });
}

/** `M05`, and each of `M22 to M24`. */
function citedIn(text: string): Set<string> {
  const ranges = [...text.matchAll(/\bM(\d\d)(?: to M(\d\d))?\b/g)];
  return new Set(
    ranges.flatMap(([, first, last = first]) =>
      demands.slice(Number(first) - 1, Number(last)).map(({ id }) => id),
    ),
  );
}
