import { clusterIdOf, withoutDashes } from '../../../src/core/ids.ts';
import { FlinkRest } from '../../../src/setup/flink-rest.ts';
import { findSampleJobs } from '../../../src/setup/runtimes.ts';
import type { CounterDeployment } from '../../e2e/support/counter-deployment.ts';
import { openStage, type Stage } from '../../kubernetes/support/arena.ts';
import { Kube } from '../../kubernetes/support/kube.ts';
import { startKubectl } from '../../kubernetes/support/kubectl.ts';
import { PlainUpgrades } from '../plain-upgrades.ts';
import type { Teardown } from '../teardown.ts';
import { flinkUrl } from './flink-url.ts';
import { runningSince } from './moments.ts';
import { type PlainPlace, PlainPods, renderedOnKubernetes } from './plain-pods.ts';

/** Sluice beside the cluster with a namespace of its own, and a plain script with another. */
export interface Ground {
  stage: Stage;
  /** A new counter of Sluice's, which ends with the ground. */
  counter(name: string): Promise<CounterDeployment>;
  /** When the tasks of a Job of Sluice's began to run, by Flink (epoch ms). */
  runningSince(jobId: string): Promise<number>;
  /** The script's place, for jobs as the counter has them. */
  placeLike(counter: CounterDeployment): Promise<PlainPlace>;
}

export async function openGround(teardown: Teardown): Promise<Ground> {
  const stage = await openStage('sluice-bench');
  teardown.defer(async () => {
    const left = await stage.close();
    if (left.length > 0) throw new Error(left.join(', '));
  });
  const plain = await Kube.open('plain-bench');
  teardown.defer(() => plain.close());
  const companion = startKubectl('proxy', '--port=0');
  teardown.defer(companion.end);
  const proxy = `http://${/127\.0\.0\.1:\d+/.exec(await companion.firstWords)?.[0]}`;
  return {
    stage,
    counter: async (name) => {
      const counter = await stage.counter(name);
      teardown.defer(() => cancel(counter));
      return counter;
    },
    runningSince: (jobId) => {
      const url = flinkUrl(proxy, stage.kube.namespace, clusterIdOf(jobId));
      return runningSince(new FlinkRest(url), withoutDashes(jobId));
    },
    placeLike: async (counter) => {
      const [job] = await counter.jobs();
      const state = `${stage.state}/plain`;
      return {
        namespace: plain.namespace,
        proxy,
        state,
        job: renderedOnKubernetes.parse(job.spec),
      };
    },
  };
}

export async function cancel(counter: CounterDeployment): Promise<void> {
  await counter.patch({ state: 'CANCELLED' });
  await counter.reaches('CANCELLED');
}

/** A script's cluster, which ends with the ground at the latest. */
export async function startPods(place: PlainPlace, teardown: Teardown): Promise<PlainPods> {
  const pods = await PlainPods.start(place);
  teardown.defer(() => pods.end());
  return pods;
}

/** One counter of Sluice's and one of the script's, both running: each disturbs the other alike. */
export async function openBoth(ground: Ground, teardown: Teardown) {
  const counter = await ground.counter('counter');
  await counter.reaches('RUNNING');
  const place = await ground.placeLike(counter);
  const start = () => startPods(place, teardown);
  const { counter: jar } = findSampleJobs();
  return { counter, script: await PlainUpgrades.begin(start, jar, place.job.parallelism) };
}
