import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
  kubeconfig: string;
  /** Ends it, with everything that it wrote. */
  remove(): Promise<void>;
}

const scripts = fileURLToPath(new URL('../cluster/', import.meta.url));
const script = (name: string): string => join(scripts, name);

type Report = (line: string) => void;

/** The folder of the cluster's programs, built once per content. @throws when a part cannot be had. */
async function buildPrograms(report: Report): Promise<string> {
  await run(script('packages.sh'), []);
  const folder = programsFolder();
  await installOnce(folder, async (temporary) => {
    report('building Kubernetes, etcd and CoreDNS, once: 5 to 15 minutes');
    await run(script('build.sh'), [temporary]);
  });
  return folder;
}

/** Where the programs are once they are built. */
export const programsFolder = (): string =>
  join(cacheDirectory(), 'kubernetes', `programs-${hashOf(['build.sh', 'config.sh', 'kube'])}`);

/** Name of the image of a Flink version in the test cluster; its tag is the version. */
export const flinkImage = { registry: 'localhost', repository: 'sluice-flink' };

/** The same Flink, started by its own scripts as in the official image. */
export const officialImage = { ...flinkImage, repository: `${flinkImage.repository}-official` };

/** Image archives that the node imports, made once per content. */
async function buildImages(report: Report): Promise<string[]> {
  const folder = join(cacheDirectory(), 'kubernetes', 'images');
  const jdk = inspectJdk(findJava());
  const javaHome = dirname(dirname(jdk.javac));
  const busybox = join(folder, `busybox-${hashOf(['image-busybox.sh', 'image.sh'])}.tar`);
  await installOnce(busybox, (temporary) => run(script('image-busybox.sh'), [temporary]));
  const flink = async (version: string, { registry, repository }: Image, scripts = '') => {
    const home = flinkHome(cacheDirectory(), version);
    const plugins = await bringPlugins(version);
    const parts = ['image-flink.sh', 'base-system.sh', 'image.sh', ...entrypoints];
    const hash = hashOf(parts, home, jdk.identity, plugins, scripts);
    const archive = join(folder, `${repository}-${version}-${hash}.tar`);
    const name = `${registry}/${repository}:${version}`;
    await installOnce(archive, async (temporary) => {
      report(`assembling the image ${name}`);
      await run(script('image-flink.sh'), [name, temporary, home, javaHome, plugins, scripts]);
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

/** Builds what is missing and starts a new cluster: 12 s where all is built. */
export async function startCluster(report: Report): Promise<TestCluster> {
  const programs = await buildPrograms(report);
  const images = await buildImages(report);
  // Short: the names of its sockets end at 107 characters.
  const home = mkdtempSync('/var/tmp/sluice-kube-');
  mkdirSync(join(home, 'images'));
  for (const image of images)
    symlinkSync(image, join(home, 'images', image.slice(image.lastIndexOf('/') + 1)));
  const settings = {
    KUBE_HOME: home,
    KUBE_BIN: programs,
    KUBE_NETNS: home.slice(home.lastIndexOf('/') + 1),
    KUBE_API_PORT: String(await freePort('127.0.0.1', 16_443)),
  };
  const remove = async () => {
    await run(script('down.sh'), ['--purge'], settings);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await run(script('up.sh'), [], settings);
  } catch (error) {
    await remove();
    throw error;
  }
  return { kubeconfig: join(home, 'pki', 'admin.kubeconfig'), remove };
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

async function run(
  command: string,
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<void> {
  const env = { ...process.env, ...settings };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  child.stdout.pipe(process.stderr, { end: false });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${signal ?? code}`);
}
