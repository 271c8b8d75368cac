import { z } from 'zod';
import { clusterIdOf, withoutDashes } from '../../../src/core/ids.ts';
import type { CounterDeployment } from '../../e2e/support/counter-deployment.ts';
import type { Arena } from './arena.ts';
import { soon } from './kube.ts';
import { kubectl } from './kubectl.ts';

/** What took effect of a template: by Flink's own word, of the cluster and the job that run. */
export async function flinkOf({ truth }: Arena, counter: CounterDeployment) {
  const [running] = await truth.running(counter.id);
  if (!running) throw new Error(`nothing runs of ${counter.name}`);
  const { endpoint, ref } = running;
  const id = withoutDashes(ref.jobId);
  return {
    ref,
    ...(await endpoint.overview(soon())),
    configuration: await endpoint.configuration(soon()),
    job: await endpoint.jobConfiguration(id, soon()),
    checkpoints: await endpoint.checkpointConfiguration(id, soon()),
  };
}

/** By the word of Kubernetes, of the containers that run Flink for a Job. */
export async function containersOf({ kube }: Arena, jobId: string) {
  const words = ['get', 'pods', '-n', kube.namespace, '-l', `sluice.dev/job=${jobId}`];
  const { items } = podsReply.parse(JSON.parse(await kubectl(...words, '-o', 'json')));
  return items.map(({ metadata, spec: { containers, ...pod } }) => {
    const flink = containers.find(({ name }) => name === 'flink-main-container');
    if (!flink) throw new Error(`${metadata.name} runs no Flink`);
    const part = metadata.labels['app.kubernetes.io/component'] ?? '';
    return { ...metadata, ...flink, part, pod };
  });
}

/** Labels of the one object of a kind that a Job has. */
export async function labelsOf({ kube }: Arena, kind: string, jobId: string) {
  const words = ['get', kind, '-n', kube.namespace, '-l', `sluice.dev/job=${jobId}`];
  return texts.parse(
    JSON.parse(await kubectl(...words, '-o', 'jsonpath={.items[0].metadata.labels}')),
  );
}

/** What the JobManager of the job that runs has logged. */
export async function logOf({ kube }: Arena, counter: CounterDeployment): Promise<string> {
  const pod = `${clusterIdOf(await counter.jobId())}-jobmanager`;
  return await kubectl('logs', '-n', kube.namespace, pod);
}

const texts = z.record(z.string(), z.string());
const podsReply = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: texts,
        annotations: texts.default({}),
      }),
      spec: z.looseObject({
        containers: z.array(
          z.object({
            name: z.string(),
            env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
            resources: z.object({ requests: texts, limits: texts }),
          }),
        ),
      }),
    }),
  ),
});
