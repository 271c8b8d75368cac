/**
 * `npm run test:kubernetes [-- arguments for vitest]`: the suite on a real cluster. Without `KUBECONFIG` it starts one of
 * its own and removes it at the end; `-- up` leaves one running and says how to use it, for many runs. `-- campaign`: kills
 * at random moments instead of the suite. `npm run bench:kubernetes` is `-- bench`. `-- --if-built …`: nothing where the
 * cluster's programs were never built, which takes minutes.
 */

import { existsSync } from 'node:fs';
import { runOn } from './support/run-on.ts';
import { programsFolder, startCluster } from './support/test-cluster.ts';

const report = (line: string): void => console.log(`kubernetes: ${line}`);
const ifBuilt = process.argv[2] === '--if-built';
const args = process.argv.slice(ifBuilt ? 3 : 2);

if (ifBuilt && !existsSync(programsFolder())) {
  report(
    'its programs were not built here, so it is left out: npm run test:kubernetes builds them',
  );
} else if (args[0] === 'up') {
  const { kubeconfig } = await startCluster(report);
  report(`it runs; export KUBECONFIG=${kubeconfig}`);
  report(
    `to end it: KUBE_HOME=${kubeconfig.replace(/\/pki\/.*/, '')} test/kubernetes/cluster/down.sh --purge`,
  );
} else if (process.env.KUBECONFIG) {
  process.exitCode = await runOn(args, process.env.KUBECONFIG);
} else {
  const cluster = await startCluster(report);
  try {
    process.exitCode = await runOn(args, cluster.kubeconfig);
  } finally {
    await cluster.remove();
  }
}
