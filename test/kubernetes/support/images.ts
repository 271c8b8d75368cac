import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, installOnce } from '../../../src/setup/cache.ts';
import { flinkHome } from '../../../src/setup/flink-libs.ts';
import { findJava, inspectJdk } from '../../../src/setup/java.ts';
import { runTool } from '../../../src/setup/run-tool.ts';
import { flinkVersions } from '../../../src/setup/versions.ts';
import { hashOf, run, script } from './cluster-scripts.ts';

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
export async function buildImages(
  report: (line: string) => void,
  interrupted: AbortSignal,
): Promise<string[]> {
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
