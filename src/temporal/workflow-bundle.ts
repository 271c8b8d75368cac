import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from './runtime.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What a worker's data converter loads; see {@link WorkersOptions.payloadConverterPath}. */
export const payloadConverterPath = fileURLToPath(
  new URL('../../workflows/payload-converter.cjs', import.meta.url),
);

/** What decides how the bundle is; the lock file names the SDK's version. */
const inputs = ['workflows', 'src/core', 'package-lock.json'].map(fromRoot);

export interface WorkflowBundleOptions {
  /** Bundles are kept in `workflow-bundles/` there, by the hash of their inputs. */
  cacheDirectory: string;
  log: Logger;
}

/**
 * The workflows as one file, made when an input has changed: webpack takes 3 to 8 s, at each start of a process.
 * @returns its path.
 */
export async function workflowBundle(options: WorkflowBundleOptions): Promise<string> {
  const folder = join(options.cacheDirectory, 'workflow-bundles');
  const path = join(folder, `${await hashOf(inputs)}.js`);
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({
    workflowsPath: fromRoot('workflows/index.ts'),
    payloadConverterPath,
    logger: temporalLogger(options.log.child({}, { level: 'warn' })),
  });
  await mkdir(folder, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, code);
  await rename(draft, path);
  return path;
}

async function hashOf(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await filesIn(inputs)) {
    // From the root: the same sources elsewhere, as in an image, make the same bundle.
    hash.update(`${relative(fromRoot(''), file)}\0`);
    hash.update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 20);
}

/** Sorted, without tests: they are in no bundle. */
async function filesIn(inputs: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const input of inputs) {
    if ((await stat(input)).isFile()) found.push(input);
    else {
      const entries = await readdir(input, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
      found.push(...files.map((entry) => join(entry.parentPath, entry.name)));
    }
  }
  return found.sort();
}
