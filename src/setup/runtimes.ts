import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../core/errors/index.ts';
import { cacheDirectory, removeLeftovers, withCacheLock } from './cache.ts';
import { classArchives, makeClassArchives } from './class-archives.ts';
import { flinkHome, installFlink, jarsOf } from './flink-libs.ts';
import { buildJar, counterSource, jarPath, linkJar, warmUpSource } from './jars.ts';
import { findJava, inspectJdk, type Jdk } from './java.ts';
import { compileAgainst, flinkVersions } from './versions.ts';

/** One Flink version that can be started on this host. */
export interface FlinkRuntime {
  /** Full version, such as `2.3.0`. */
  version: string;
  /** The class path, absolute and sorted; a class-data archive fits this very list only. */
  jars: string[];
  /** Class-data archive of the JobManager (`-XX:SharedArchiveFile`); absent: it starts slower, nothing else. */
  jmArchive?: string;
  /** Class-data archive of the TaskManager. */
  tmArchive?: string;
}

/** What set-up made for the embedded target. */
export interface Runtimes {
  flink: FlinkRuntime[];
  /** Jar of the controller's own tiny job `warm-up`, which loads a standby's classes before its real job. */
  warmUpJar: string;
  /** Path of the `java` binary. */
  java: string;
}

/** Jars of the sample jobs, by name of their folder in `examples/`. */
export interface SampleJobs {
  counter: string;
}

/**
 * What an earlier set-up made. Starts a `java -version` (0.1 s), because archives belong to one JDK.
 * @throws {Refused} SETUP_INCOMPLETE: a part is missing; the message names the command. JDK_MISSING.
 */
export function findRuntimes(cache: string = cacheDirectory()): Runtimes {
  const jdk = inspectJdk(findJava());
  const flink = flinkVersions.map((version): FlinkRuntime => {
    const home = existing(flinkHome(cache, version), `Flink ${version}`);
    const { jm, tm } = classArchives(cache, home, jdk);
    const archives = existsSync(jm) && existsSync(tm) ? { jmArchive: jm, tmArchive: tm } : {};
    return { version, jars: jarsOf(home), ...archives };
  });
  return {
    flink,
    warmUpJar: findWarmUpJar(cache),
    java: jdk.java,
  };
}

/**
 * The jar that warms a standby, wherever its cluster runs; needs no Java.
 * @throws {Refused} SETUP_INCOMPLETE
 */
export const findWarmUpJar = (cache: string = cacheDirectory()): string =>
  existing(jarPath(cache, warmUpSource), 'the warm-up job');

/**
 * The sample jobs that an earlier set-up built.
 * @throws {Refused} SETUP_INCOMPLETE
 */
export function findSampleJobs(cache: string = cacheDirectory()): SampleJobs {
  return { counter: existing(jarPath(cache, counterSource), 'the sample job `counter`') };
}

/** What to set up, beyond Flink and the jars. */
export interface SetUpOptions {
  /** Gets one line for each thing done or left out, for people. */
  report: (line: string) => void;
  /** Flink versions to make class-data archives for, each of which takes 15 to 30 s once; all, if left out. */
  archivesFor?: readonly string[];
  cache?: string;
}

/**
 * Makes what is missing: Flink from Maven, our jars, class-data archives. Does nothing on a second run; any number may
 * run at once, in any number of checkouts.
 * @throws {Refused} JDK_MISSING or SETUP_INCOMPLETE; what was finished stays and is not made again.
 */
export async function setUp(options: SetUpOptions): Promise<Runtimes> {
  const { report, archivesFor = flinkVersions, cache = cacheDirectory() } = options;
  const jdk = inspectJdk(findJava());
  const waiting = () => report(`waiting for another set-up that works in ${cache}`);
  await withCacheLock(cache, waiting, async () => {
    for (const part of ['flink/builds', 'jars', 'class-archives'])
      removeLeftovers(join(cache, part));
    for (const version of flinkVersions) {
      if (await installFlink(cache, version)) report(`brought Flink ${version} from Maven`);
    }
    const jars = jarsOf(flinkHome(cache, compileAgainst));
    for (const source of [warmUpSource, counterSource]) {
      if (await buildJar(cache, source, jdk, jars)) report(`built the jar of ${source.name}`);
    }
    linkJar(cache, counterSource);
    for (const version of archivesFor) await archiveClasses(cache, version, jdk, report);
  });
  return findRuntimes(cache);
}

async function archiveClasses(
  cache: string,
  version: string,
  jdk: Jdk,
  report: (line: string) => void,
): Promise<void> {
  const home = flinkHome(cache, version);
  const archives = classArchives(cache, home, jdk);
  try {
    if (!existsSync(archives.jm)) report(`making class-data archives for Flink ${version} (30 s)`);
    await makeClassArchives(archives, home, jdk, jarPath(cache, warmUpSource));
  } catch (error) {
    // Without an archive Flink starts slower, and nothing else: no reason to refuse to run.
    report(`no class-data archives for Flink ${version}: ${error}`);
  }
}

function existing(path: string, what: string): string {
  if (existsSync(path)) return path;
  throw new Refused('SETUP_INCOMPLETE', `${what} is not set up (no ${path}). Run: npm run setup`);
}
