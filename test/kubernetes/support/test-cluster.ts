import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/free-port.ts';
import { cacheDirectory, installOnce } from '../../../src/setup/cache.ts';
import { hashOf, run, script } from './cluster-scripts.ts';
import { buildImages } from './images.ts';

/** A real cluster of one node on this machine, made from packages (README.md). */
export interface TestCluster {
  /** The folder of all that it writes. */
  home: string;
  /** Of what works with it; `kubectl` keeps what it learned of it there, too. */
  environment: { KUBECONFIG: string; KUBECACHEDIR: string };
  /** Ends it, with everything that it wrote. @throws when something of it is left, which it names before. */
  remove(): Promise<void>;
}

type Report = (line: string) => void;

/** The folder of the cluster's programs, built once per content. @throws when a part cannot be had. */
async function buildPrograms(report: Report, interrupted: AbortSignal): Promise<string> {
  const folder = programsFolder();
  await installOnce(folder, async (temporary) => {
    report('building Kubernetes, etcd and CoreDNS, once: 5 to 15 minutes');
    await run(script('build.sh'), [temporary], { interrupted });
  });
  return folder;
}

/** Where the programs are once they are built. */
export const programsFolder = (): string =>
  join(cacheDirectory(), 'kubernetes', `programs-${hashOf(['build.sh', 'kube'])}`);

/**
 * Builds what is missing and starts a new cluster: 12 s where all is built.
 * @param interrupted breaks it off; it rejects once nothing is left of it.
 */
export async function startCluster(report: Report, interrupted: AbortSignal): Promise<TestCluster> {
  const programs = await buildPrograms(report, interrupted);
  const images = await buildImages(report, interrupted);
  // Short: the names of its sockets end at 107 characters.
  const home = mkdtempSync('/var/tmp/sluice-kube-');
  mkdirSync(join(home, 'images'));
  for (const image of images)
    symlinkSync(image, join(home, 'images', image.slice(image.lastIndexOf('/') + 1)));
  const settings = {
    KUBE_HOME: home,
    KUBE_BIN: programs,
    KUBE_API_PORT: String(await freePort('127.0.0.1', 16_443)),
  };
  const remove = () => run(script('down.sh'), ['--purge'], { settings });
  try {
    await run(script('up.sh'), [], { settings, interrupted });
  } catch (error) {
    await remove();
    throw error;
  }
  const environment = {
    KUBECONFIG: join(home, 'pki', 'admin.kubeconfig'),
    KUBECACHEDIR: join(home, 'run', 'kubectl'),
  };
  return { home, environment, remove };
}
