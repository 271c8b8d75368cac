/**
 * `npm run test:kubernetes [-- arguments for vitest]`: the suite on a real cluster. Without `KUBECONFIG` it starts one of
 * its own and removes it at the end; `-- up` leaves one running and says how to use it, for many runs. `-- campaign`: kills
 * at random moments instead of the suite. `npm run bench:kubernetes` is `-- bench`. `-- --if-built …`: nothing where the
 * cluster's programs were never built, which takes minutes.
 */

import { constants } from 'node:os';
import { type Invocation, invocation } from './support/invocation.ts';
import { runOn } from './support/run-on.ts';
import { startCluster } from './support/test-cluster.ts';

const report = (line: string): void => console.log(`kubernetes: ${line}`);

// From the start, and for as long as this process lives: whatever ends it, it removes its cluster first.
const interruption = new AbortController();
const interrupted = interruption.signal;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interruption.abort(name));

/** @returns the exit code. */
async function run(asked: Invocation): Promise<number> {
  switch (asked.kind) {
    case 'leave out':
      report('its programs were not built here, so it is left out: npm run test:kubernetes builds');
      return 0;
    case 'up': {
      const { home, environment } = await startCluster(report, interrupted);
      report(`it runs; export KUBECONFIG=${environment.KUBECONFIG}`);
      report(`to end it: KUBE_HOME=${home} test/kubernetes/cluster/down.sh --purge`);
      return 0;
    }
    case 'on a given one':
      return await runOn(asked.args, { KUBECONFIG: asked.kubeconfig }, interrupted);
    case 'on one of its own': {
      const cluster = await startCluster(report, interrupted);
      try {
        return await runOn(asked.args, cluster.environment, interrupted);
      } finally {
        await cluster.remove();
      }
    }
  }
}

try {
  process.exitCode = await run(invocation());
} catch (error) {
  if (!interrupted.aborted || error !== interrupted.reason) throw error;
  report(`ended by ${error}`);
  process.exitCode = 128 + Number(constants.signals[interrupted.reason as 'SIGINT']);
}
