/** Makes the workflow bundle while the image is built: webpack takes seconds at the first start otherwise. */
import { createLog } from '../../src/log.ts';
import { cacheDirectory } from '../../src/setup/cache.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';

const path = await workflowBundle({ cacheDirectory: cacheDirectory(), log: createLog('info') });
console.log(`workflow bundle: ${path}`);
