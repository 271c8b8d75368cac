/**
 * Makes the workflow bundle while the image is built: webpack takes seconds at each start otherwise. The inputs are those
 * of `src/cli/compose-worker.ts` (a test compares them); were they to differ, a worker would only make its own bundle.
 */
import { fileURLToPath } from 'node:url';
import { createLog } from '../../src/log.ts';
import { cacheDirectory } from '../../src/setup/cache.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';

const fromRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const path = await workflowBundle({
  workflowsPath: fromRoot('workflows/index.ts'),
  payloadConverterPath: fromRoot('workflows/payload-converter.cjs'),
  inputs: ['workflows', 'src/core', 'package-lock.json'].map(fromRoot),
  cacheDirectory: cacheDirectory(),
  log: createLog('info'),
});
console.log(`workflow bundle: ${path}`);
