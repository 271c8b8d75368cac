import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from './cache.ts';
import { runTool } from './run-tool.ts';
import { log4jVersion } from './versions.ts';

/** Flink's own modules that a cluster needs; `flink-runtime-web` holds the `/jars` endpoints. A distribution has RocksDB, too. */
const flinkModules = [
  'flink-runtime',
  'flink-streaming-java',
  'flink-clients',
  'flink-runtime-web',
  'flink-statebackend-rocksdb',
];
const log4jModules = ['log4j-slf4j-impl', 'log4j-core', 'log4j-api', 'log4j-1.2-api'];

/** Folder of one Flink version's installation, named by the hash of what it was made from. */
export function flinkHome(cache: string, version: string): string {
  const hash = createHash('sha256').update(pom(version)).digest('hex').slice(0, 12);
  return join(cache, 'flink', 'builds', `${version}-${hash}`);
}

/**
 * The class path, sorted: a class-data archive is only used with the very list that it was made with. Paths go to the
 * hashed folder, so that running clusters keep their jars when a pin changes.
 */
export function jarsOf(home: string): string[] {
  const lib = join(home, 'lib');
  return readdirSync(lib)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(lib, name));
}

/** Brings one Flink version from Maven, and points `flink/<version>` to it. Needs the lock of the cache. */
export async function installFlink(cache: string, version: string): Promise<boolean> {
  const home = flinkHome(cache, version);
  const made = await installOnce(home, async (temporary) => {
    mkdirSync(temporary, { recursive: true });
    const description = join(temporary, 'pom.xml');
    writeFileSync(description, pom(version));
    await runTool('mvn', [
      '-q',
      '-B',
      '-f',
      description,
      `org.apache.maven.plugins:maven-dependency-plugin:${dependencyPlugin}:copy-dependencies`,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(temporary, 'lib')}`,
    ]);
  });
  pointTo(join('builds', home.slice(home.lastIndexOf('/') + 1)), join(cache, 'flink', version));
  return made;
}

const dependencyPlugin = '3.6.1';

/** For people and scripts only; a rename replaces an older link in one step. */
function pointTo(target: string, link: string): void {
  const temporary = `${link}.tmp-${process.pid}`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, link);
}

function pom(version: string): string {
  const dependencies = [
    ...flinkModules.map((module) => dependency('org.apache.flink', module, version)),
    ...log4jModules.map((module) => dependency('org.apache.logging.log4j', module, log4jVersion)),
  ];
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>flink-home</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}

function dependency(group: string, artifact: string, version: string): string {
  return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}
