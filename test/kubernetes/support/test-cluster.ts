import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../src/free-port.ts';
import { cacheDirectory, installOnce } from '../../../src/setup/cache.ts';
import { flinkHome } from '../../../src/setup/flink-libs.ts';
import { findJava, inspectJdk } from '../../../src/setup/java.ts';
import { runTool } from '../../../src/setup/run-tool.ts';
import { flinkVersions } from '../../../src/setup/versions.ts';

/** A real cluster of one node on this machine, made from packages (README.md). */
export interface TestCluster {
  /** The folder of all that it writes. */
  home: string;
  /** Of what works with it; `kubectl` keeps what it learned of it there, too. */
  environment: { KUBECONFIG: string; KUBECACHEDIR: string };
  /** Ends it, with everything that it wrote. @throws when something of it is left, which it names before. */
  remove(): Promise<void>;
}

const scripts = fileURLToPath(new URL('../cluster/', import.meta.url));
const script = (name: string): string => join(scripts, name);

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

/** Name of the image of a Flink version on the cluster's nodes; its tag is the version. */
export const flinkImage = imageName(
  process.env.SLUICE_TEST_FLINK_IMAGE || 'localhost/sluice-flink',
);

function imageName(name: string): { registry: string; repository: string } {
  const { registry, repository } =
    /^(?<registry>[^/]+)\/(?<repository>[^:]+)$/.exec(name)?.groups ?? {};
  if (!registry || !repository)
    throw new TypeError(`SLUICE_TEST_FLINK_IMAGE is "${name}", not registry/repository`);
  return { registry, repository };
}

/** The same Flink, started by its own scripts as in the official image. */
export const officialImage = { ...flinkImage, repository: `${flinkImage.repository}-official` };

/** Image archives that the node imports, made once per content. */
async function buildImages(report: Report, interrupted: AbortSignal): Promise<string[]> {
  const folder = join(cacheDirectory(), 'kubernetes', 'images');
  const jdk = inspectJdk(findJava());
  const javaHome = dirname(dirname(jdk.javac));
  const busybox = join(folder, `busybox-${hashOf(['image-busybox.sh', 'image.sh'])}.tar`);
  await installOnce(busybox, (temporary) =>
    run(script('image-busybox.sh'), [temporary], { interrupted }),
  );
  const flink = async (version: string, { registry, repository }: Image, scripts = '') => {
    const home = flinkHome(cacheDirectory(), version);
    const plugins = await bringPlugins(version);
    const parts = ['image-flink.sh', 'base-system.sh', 'image.sh', ...entrypoints];
    const name = `${registry}/${repository}:${version}`;
    const hash = hashOf(parts, name, home, jdk.identity, plugins, scripts);
    const archive = join(folder, `${repository.replaceAll('/', '-')}-${version}-${hash}.tar`);
    await installOnce(archive, async (temporary) => {
      report(`assembling the image ${name}`);
      const args = [name, temporary, home, javaHome, plugins, scripts];
      await run(script('image-flink.sh'), args, { interrupted });
    });
    return archive;
  };
  const flinks = flinkVersions.flatMap((version) => [
    flink(version, flinkImage),
    bringScripts(version).then((scripts) => flink(version, officialImage, scripts)),
  ]);
  return [busybox, ...(await Promise.all(flinks))];
}

type Image = typeof flinkImage;

const entrypoints = ['flink-entrypoint.sh', 'official-entrypoint.sh'];

/** Those of Flink's versions whose S3 plugin Maven Central has; 1.20.5 came without it. */
const s3Plugins: readonly string[] = ['2.3.0'];

const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';

/** The folder of Flink's own S3 plugin, brought once; empty: there is none of this version. */
async function bringPlugins(version: string): Promise<string> {
  if (!s3Plugins.includes(version)) return '';
  const folder = join(cacheDirectory(), 'kubernetes', 'plugins', version);
  const artifact = `org.apache.flink:flink-s3-fs-hadoop:${version}`;
  await installOnce(folder, async (temporary) => {
    const options = [`-Dartifact=${artifact}`, `-DoutputDirectory=${temporary}`];
    await runTool('mvn', ['-q', '-B', copyPlugin, ...options]);
  });
  return folder;
}

/** The folder with `bin` and `conf` of Flink's distribution, brought once: PyPI has them, and Maven has not. */
async function bringScripts(version: string): Promise<string> {
  const folder = join(cacheDirectory(), 'kubernetes', 'scripts', version);
  // Of whichever Python: what is wanted is the same in all.
  const wheel = ['--only-binary=:all:', '--python-version=3.11', '--platform=manylinux1_x86_64'];
  await installOnce(folder, async (temporary) => {
    await runTool('python3', [
      '-m',
      'pip',
      'download',
      '-q',
      '--no-deps',
      ...wheel,
      `apache-flink==${version}`,
      '-d',
      temporary,
    ]);
    const [file = ''] = readdirSync(temporary);
    await runTool('python3', ['-m', 'zipfile', '-e', join(temporary, file), temporary]);
  });
  return join(folder, 'pyflink');
}

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

/** Of files and folders beside the scripts, and of what else the result depends on. */
function hashOf(names: readonly string[], ...more: string[]): string {
  const hash = createHash('sha256').update(more.join('\n'));
  for (const name of names) {
    const path = script(name);
    const files = name.includes('.') ? [path] : readdirSync(path).map((file) => join(path, file));
    for (const file of files.sort())
      hash.update(file.slice(scripts.length)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

/** In a session of its own: a Ctrl-C meets us alone, so that what removes a cluster is not ended by it. */
async function run(
  command: string,
  args: readonly string[],
  { settings = {}, interrupted }: { settings?: object; interrupted?: AbortSignal } = {},
): Promise<void> {
  interrupted?.throwIfAborted();
  const env = { ...process.env, ...settings };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env, detached: true });
  const { pid } = child;
  const breakOff = () => pid && process.kill(-pid, 'SIGTERM');
  interrupted?.addEventListener('abort', breakOff);
  child.stdout.pipe(process.stderr, { end: false });
  const [code, signal] = await once(child, 'exit');
  interrupted?.removeEventListener('abort', breakOff);
  interrupted?.throwIfAborted();
  if (code !== 0) throw new Error(`${command} ended with ${signal ?? code}`);
}
