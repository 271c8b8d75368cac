import type { ReachableTargets } from '../../activities/deps.ts';
import type { Shared } from './compose.ts';

/**
 * The target that is this host, with a DeploymentTarget that stands for it; empty where it is not served: such a worker
 * needs neither Flink nor a JDK.
 * @throws {Refused} SETUP_INCOMPLETE, JDK_MISSING
 */
export async function openLocalTarget({
  config,
  log,
  store,
}: Shared): Promise<Pick<ReachableTargets, 'local'>> {
  if (!config.targets.includes('local')) return {};
  const [{ findRuntimes }, { createLocalTarget }, { ensureDefaultTarget }, { installationId }] =
    await Promise.all([
      import('../setup/runtimes.ts'),
      import('../targets/local/local-target.ts'),
      import('./default-target.ts'),
      import('./installation-id.ts'),
    ]);
  // This process serves it, so it is there from the start (api.md 2.6).
  await ensureDefaultTarget(store, Date.now());
  const runtimes = findRuntimes(config.cacheDirectory);
  const local = createLocalTarget({
    runtimes: runtimes.flink,
    java: runtimes.java,
    dataDirectory: config.dataDirectory,
    owner: installationId(config.dataDirectory),
    onStep: (step, cluster) => {
      if (step === 'leftover stays')
        log.warn({ cluster }, 'folder of a removed cluster that cannot be removed');
    },
    ...(config.maxClusters === undefined ? {} : { maxClusters: config.maxClusters }),
  });
  return { local };
}
