import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../core/errors/index.ts';
import { cacheDirectory, removeLeftovers, withCacheLock } from './cache.ts';
import { flinkHome, installFlink, jarsOf } from './flink-libs.ts';
import { buildJar, counterSource, jarPath, warmUpSource } from './jars.ts';
import { findJava, inspectJdk } from './java.ts';
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
 * What an earlier set-up made.
 * @throws {Refused} SETUP_INCOMPLETE: a part is missing; the message names the command. JDK_MISSING.
 */
export function findRuntimes(cache: string = cacheDirectory()): Runtimes {
  const flink = flinkVersions.map((version) => {
    const home = flinkHome(cache, version);
    return { version, jars: jarsOf(existing(home, `Flink ${version}`)) };
  });
  return {
    flink,
    warmUpJar: existing(jarPath(cache, warmUpSource), 'the warm-up job'),
    java: findJava(),
  };
}

/**
 * The sample jobs that an earlier set-up built.
 * @throws {Refused} SETUP_INCOMPLETE
 */
export function findSampleJobs(cache: string = cacheDirectory()): SampleJobs {
  return { counter: existing(jarPath(cache, counterSource), 'the sample job `counter`') };
}

/**
 * Makes what is missing: Flink from Maven, our jars. Does nothing on a second run; any number may run at once.
 * @param report gets one line for each thing done, for people.
 * @throws {Refused} JDK_MISSING or SETUP_INCOMPLETE; what was finished stays and is not made again.
 */
export async function setUp(
  report: (line: string) => void,
  cache: string = cacheDirectory(),
): Promise<Runtimes> {
  const jdk = inspectJdk(findJava());
  const waiting = () => report(`waiting for another set-up that works in ${cache}`);
  await withCacheLock(cache, waiting, async () => {
    removeLeftovers(join(cache, 'flink', 'builds'));
    removeLeftovers(join(cache, 'jars'));
    for (const version of flinkVersions) {
      if (await installFlink(cache, version)) report(`brought Flink ${version} from Maven`);
    }
    const jars = jarsOf(flinkHome(cache, compileAgainst));
    for (const source of [warmUpSource, counterSource]) {
      if (await buildJar(cache, source, jdk, jars)) report(`built the jar of ${source.name}`);
    }
  });
  return findRuntimes(cache);
}

function existing(path: string, what: string): string {
  if (existsSync(path)) return path;
  throw new Refused('SETUP_INCOMPLETE', `${what} is not set up (no ${path}). Run: npm run setup`);
}
