import { z } from 'zod';
import { FlinkRest } from '../../../src/setup/flink-rest.ts';
import { namesOf, selectorOf } from '../../../src/targets/kubernetes/names.ts';
import { jobManagerService, rootConfigMap } from '../../../src/targets/kubernetes/objects.ts';
import { jobManagerPod, taskManagers } from '../../../src/targets/kubernetes/pods.ts';
import { kubectl } from '../../kubernetes/support/kubectl.ts';
import { apply } from '../../kubernetes/support/manifests.ts';
import { newCluster } from '../../kubernetes/support/specs.ts';
import { ownState, renderedJob } from '../plain-cluster.ts';
import type { PlainFlink } from '../plain-flink.ts';
import { flinkUrl } from './flink-url.ts';

/** A Job as Sluice rendered it (`GET …/jobs`). */
export const renderedOnKubernetes = renderedJob.extend({
  kubernetes: z.object({
    jobManagerPodTemplate: z.unknown(),
    taskManagerPodTemplate: z.unknown(),
  }),
});

/** Where a script makes its clusters. */
export interface PlainPlace {
  namespace: string;
  /** Base URL of a `kubectl proxy`. */
  proxy: string;
  /** A folder for its state. */
  state: string;
  job: z.infer<typeof renderedOnKubernetes>;
}

/**
 * A Flink cluster as a careful script would make it: `kubectl apply` of the very manifests that Sluice's target renders,
 * without what Sluice adds to be sure of them. Its REST interface is asked as `curl` would, through `kubectl proxy`.
 */
export class PlainPods implements PlainFlink {
  readonly rest: FlinkRest;
  readonly #namespace: string;
  readonly #clusterId: string;

  private constructor(rest: FlinkRest, namespace: string, clusterId: string) {
    this.rest = rest;
    this.#namespace = namespace;
    this.#clusterId = clusterId;
  }

  /** Asks for all its objects; does not wait for pods. */
  static async start({ namespace, proxy, state, job }: PlainPlace): Promise<PlainPods> {
    const { resources, kubernetes } = job;
    const flinkConfiguration = ownState(job.flinkConfiguration, state);
    const spec = newCluster({ resources, kubernetes, flinkConfiguration });
    const owner = { name: namesOf(spec).root, uid: '' };
    const objects = [
      rootConfigMap(spec),
      jobManagerService(spec, owner),
      jobManagerPod(spec, owner),
      taskManagers(spec, owner),
    ];
    const items = objects.map((object) => ({
      ...object,
      metadata: { ...object.metadata, ownerReferences: [] },
    }));
    await apply(namespace, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const rest = new FlinkRest(flinkUrl(proxy, namespace, spec.clusterId));
    return new PlainPods(rest, namespace, spec.clusterId);
  }

  /** As soon as may be, with the grace that Sluice gives; waits until all is gone. */
  async end(): Promise<void> {
    const remove = (what: string, selector: string, ...how: string[]) =>
      kubectl('-n', this.#namespace, 'delete', what, '-l', selector, ...how);
    await Promise.all([
      remove('pod', selectorOf(this.#clusterId, 'jobmanager'), '--now'),
      remove('deployment,service,configmap', selectorOf(this.#clusterId), '--cascade=foreground'),
    ]);
  }
}
