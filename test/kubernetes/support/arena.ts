import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agent } from 'undici';
import { createFlinkClient } from '../../../src/flink/create-client.ts';
import { findSampleJobs } from '../../../src/setup/runtimes.ts';
import { flinkVersions } from '../../../src/setup/versions.ts';
import { Teardown } from '../../bench/teardown.ts';
import { CounterDeployment, type CounterOptions } from '../../e2e/support/counter-deployment.ts';
import { FlinkTruth } from '../../e2e/support/flink-truth.ts';
import { JobWatch, type LookAtJobs } from '../../e2e/support/job-watch.ts';
import { SluiceUnderTest } from '../../e2e/support/sluice-under-test.ts';
import { StateFloor } from '../../e2e/support/state-floor.ts';
import { endEverything } from '../../e2e/support/tear-down.ts';
import { flinkImage } from './images.ts';
import { Kube, kubeconfig } from './kube.ts';
import { isOurs } from './node.ts';
import { jobsOnNode } from './node-jobs.ts';

/** A Sluice outside a cluster with a target in it. */
export interface Stage {
  kube: Kube;
  sluice: SluiceUnderTest;
  truth: FlinkTruth;
  /** A folder for state that pods and this process see under the same name. */
  state: string;
  /**
   * A new Deployment of the sample job on the cluster, not started unless asked for.
   * @param seenBy who tells of its job, where that runs in another namespace.
   */
  counter(name: string, options?: CounterOptions, seenBy?: FlinkTruth): Promise<CounterDeployment>;
  /** Ends everything. @returns what is left. */
  close(): Promise<string[]>;
}

/** The same, with oracles that look at Flink itself all the time. */
export interface Arena extends Stage {
  /** Watches that the counter never goes back, until the arena is closed. */
  watchState(counter: CounterDeployment): StateFloor;
  /** How often all jobs were looked at. */
  looks(): number;
  /** Ends everything. @returns what the oracles saw that must not be, and what is left. */
  close(): Promise<string[]>;
}

/**
 * @param prefix of the name of the namespace made for it.
 * @param settings of Sluice, on top of ours; made in the namespace where they depend on it.
 */
export async function openArena(
  prefix: string,
  settings: Settings | ((kube: Kube) => Promise<Settings>) = {},
): Promise<Arena> {
  const stage = await openStage(prefix, async (kube) => ({
    SLUICE_POLL_MS: '1000',
    SLUICE_ATTEMPT_BACKOFF_MS: '1000',
    ...(typeof settings === 'function' ? await settings(kube) : settings),
  }));
  const local = await FlinkTruth.of(stage.sluice.dataDirectory);
  const watch = new JobWatch(allJobs(stage.truth, local));
  const floors: StateFloor[] = [];
  return {
    ...stage,
    watchState: (counter) => {
      const floor = new StateFloor(stage.truth, counter.id);
      floors.push(floor);
      return floor;
    },
    looks: () => watch.looks,
    close: async () => {
      const seen = await watch.end();
      await local.close();
      for (const floor of floors) seen.push(...(await floor.end()));
      return [...seen, ...(await stage.close())];
    },
  };
}

/** On Kubernetes, as near to Flink as this cluster lets us come, and in local processes of the same Sluice. */
function allJobs(truth: FlinkTruth, local: FlinkTruth): LookAtJobs {
  const onKubernetes = isOurs() ? jobsOnNode(truth) : () => truth.live();
  return async () => {
    const [there, here] = await Promise.all([onKubernetes(), local.live()]);
    return there && here && [...there, ...here];
  };
}

/** Environment of Sluice. */
type Settings = Record<string, string>;

/** As {@link openArena}, with nothing that looks on: for measuring. */
export async function openStage(
  prefix: string,
  settings: (kube: Kube) => Promise<Settings> = async () => ({}),
): Promise<Stage> {
  const kube = await Kube.open(prefix);
  const state = await stateDirectory();
  const own = await settings(kube);
  const sluice = await SluiceUnderTest.create({ KUBECONFIG: kubeconfig(), ...own });
  await sluice.start();
  const jarUri = await sluice.upload(findSampleJobs().counter);
  await sluice.ok('POST', '/deployment-targets', {
    metadata: { name: 'kube' },
    spec: { kubernetes: { namespace: kube.namespace } },
  });
  const { truth, close } = await openTruth(kube);
  return {
    kube,
    sluice,
    truth,
    state,
    counter: async (deployment, options = {}, seenBy = truth) => {
      const counter = new CounterDeployment(sluice, seenBy, deployment);
      await counter.create(jarUri, onKubernetes(state, options));
      return counter;
    },
    close: async () => {
      const seen = (await kube.left()).map((object) => `left behind: ${object}`);
      const teardown = new Teardown();
      teardown.defer(() => rm(state, { recursive: true, force: true }));
      teardown.defer(() => kube.close());
      teardown.defer(async () => seen.push(...(await endEverything(sluice))));
      teardown.defer(close);
      await teardown.run();
      return seen;
    },
  };
}

/**
 * What Flink itself says of the clusters of a namespace, asked through the API server.
 * @param inside an agent that reaches Services by their names, as pods do; it is asked instead.
 */
export async function openTruth(
  kube: Kube,
  inside?: Agent,
): Promise<{
  truth: FlinkTruth;
  close(): Promise<void>;
}> {
  const targets = kube.targets({ callTimeoutMs: 10_000, isInside: inside !== undefined });
  const gatewayTo = inside ? () => ({ agent: inside }) : targets.gatewayTo;
  const flink = createFlinkClient({ callTimeoutMs: 3_000, gatewayTo });
  const truth = new FlinkTruth(await targets.at({ namespace: kube.namespace }), flink);
  const close = async () => {
    await truth.close();
    await targets.close();
  };
  return { truth, close };
}

/** A folder of the node that its pods and this process see under the same name. */
async function stateDirectory(): Promise<string> {
  const state = await mkdtemp('/var/tmp/sluice-kube-state-');
  for (const part of [state, join(state, 'checkpoints'), join(state, 'savepoints')]) {
    await mkdir(part, { recursive: true });
    await chmod(part, 0o777);
  }
  return state;
}

/** Small pods that may borrow CPU, with their state on a folder of the node. */
function onKubernetes(
  state: string,
  { template = {}, ...options }: CounterOptions,
): CounterOptions {
  const { artifact, flinkConfiguration, kubernetes, ...others } = template;
  const version = options.flinkVersion ?? '2.3';
  return {
    ...options,
    spec: { deploymentTargetName: 'kube', ...options.spec },
    template: {
      artifact: { ...imageOf(version), ...artifact },
      resources: {
        jobmanager: { cpu: 0.1, memory: '600m' },
        taskmanager: { cpu: 0.1, memory: '700m' },
      },
      flinkConfiguration: {
        ...smallMemory,
        'state.checkpoints.dir': `file://${state}/checkpoints`,
        'state.savepoints.dir': `file://${state}/savepoints`,
        ...flinkConfiguration,
      },
      ...others,
      kubernetes: {
        jobManagerPodTemplate: pod(state),
        taskManagerPodTemplate: pod(state),
        ...kubernetes,
      },
    },
  };
}

/** What lets Flink do with the memory of small pods. */
export const smallMemory = {
  'jobmanager.memory.jvm-overhead.min': '64m',
  'jobmanager.memory.off-heap.size': '64m',
  'taskmanager.memory.jvm-overhead.min': '64m',
  'taskmanager.memory.managed.size': '0m',
};

export function imageOf(version: string, { registry, repository } = flinkImage) {
  const flinkImageTag = flinkVersions.find((full) => full.startsWith(version)) ?? version;
  return { flinkImageRegistry: registry, flinkImageRepository: repository, flinkImageTag };
}

/** `imagePullPolicy`: there is no registry to ask. */
const pod = (state: string) => ({
  spec: {
    containers: [
      {
        name: 'flink-main-container',
        imagePullPolicy: 'IfNotPresent',
        resources: { limits: { cpu: '2' } },
        volumeMounts: [{ name: 'state', mountPath: state }],
      },
    ],
    volumes: [{ name: 'state', hostPath: { path: state, type: 'Directory' } }],
  },
});
