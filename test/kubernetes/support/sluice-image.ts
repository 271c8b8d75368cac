import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLog } from '../../../src/log.ts';
import { cacheDirectory } from '../../../src/setup/cache.ts';
import { findWarmUpJar } from '../../../src/setup/runtimes.ts';
import { workflowBundle } from '../../../src/temporal/workflow-bundle.ts';
import type { OwnNode } from './own-node.ts';

const script = fileURLToPath(new URL('../cluster/image-sluice.sh', import.meta.url));
const checkout = fileURLToPath(new URL('../../../', import.meta.url));

export interface SluiceImage {
  repository: string;
  tag: string;
  remove(): Promise<void>;
}

/** Gives a node the image of this checkout, under a name that nobody else has. */
export async function giveSluiceImage(node: OwnNode): Promise<SluiceImage> {
  const [repository, tag] = ['localhost/sluice', randomUUID().slice(0, 8)];
  const name = `${repository}:${tag}`;
  const bundle = await workflowBundle({
    cacheDirectory: cacheDirectory(),
    log: createLog('warn'),
  });
  const folder = await mkdtemp('/var/tmp/sluice-image-');
  try {
    const archive = join(folder, 'image.tar');
    await promisify(execFile)(script, [name, archive, checkout, dirname(findWarmUpJar()), bundle]);
    await node.importImage(archive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { repository, tag, remove: () => node.removeImage(name) };
}
