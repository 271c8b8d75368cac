import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { curlCall } from '../../docs/commands.ts';
import { commands, read } from '../../docs/document.ts';
import { imageOf, smallMemory } from './arena.ts';
import { officialImage } from './images.ts';
import type { Installation } from './installation.ts';
import { kubectlPath } from './kubectl.ts';

/** The target that docs/kubernetes.md tells a reader to make. */
export async function makeTarget({ api, flink }: Installation): Promise<void> {
  await api.ok('POST', '/deployment-targets', {
    metadata: { name: 'flink' },
    spec: { kubernetes: { namespace: flink.namespace } },
  });
}

/**
 * The sample job, out of Sluice's image as the document tells a reader to have it.
 * @param folder where it goes. @returns its path.
 */
export async function takeSampleJob({ sluice }: Installation, folder: string): Promise<string> {
  const [line = ''] = commandsWith('> counter.jar');
  const own = line.replace('-n sluice ', `-n ${sluice.namespace} `);
  const env = { ...process.env, PATH: kubectlPath() };
  await promisify(execFile)('sh', ['-e', '-c', own], { cwd: folder, env });
  return join(folder, 'counter.jar');
}

const commandsWith = (part: string): string[] =>
  commands(read('docs/kubernetes.md')).filter((one) => one.includes(part));

/** What docs/kubernetes.md tells a reader to post. */
const documented = z
  .object({
    spec: z.object({
      deploymentTargetName: z.string(),
      template: z.object({
        spec: z.looseObject({
          flinkConfiguration: z.looseObject({}),
          kubernetes: z.looseObject({}),
        }),
      }),
    }),
  })
  .parse(JSON.parse(documentedBody()));

function documentedBody(): string {
  const variables = { API: 'http://api', SLUICE_TOKEN: 'token', JAR: 'jar' };
  const [command = ''] = commandsWith('-X POST "$API/deployments"');
  return curlCall(command, variables)?.body ?? '';
}

const { flinkConfiguration, kubernetes } = documented.spec.template.spec;

/**
 * The same, for the images and the room of the test cluster. Flink starts by its own scripts, as it will for whoever follows
 * the document. @param cpu of each of its two processes, in cores. @param version of Flink.
 */
export const onTheVolume = (cpu = 0.4, version = '2.3') => ({
  spec: { deploymentTargetName: documented.spec.deploymentTargetName },
  template: {
    artifact: imageOf(version, officialImage),
    resources: {
      jobmanager: { cpu, memory: '600m' },
      taskmanager: { cpu, memory: '700m' },
    },
    flinkConfiguration: {
      ...smallMemory,
      ...flinkConfiguration,
      'execution.checkpointing.interval': '1s',
    },
    kubernetes,
  },
});
