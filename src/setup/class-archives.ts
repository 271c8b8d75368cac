import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Refused } from '../core/errors/index.ts';
import { installOnce } from './cache.ts';
import { exerciseCluster } from './exercise-cluster.ts';
import { jarsOf } from './flink-libs.ts';
import type { Jdk } from './java.ts';
import { startThrowAwayCluster } from './throw-away-cluster.ts';

/**
 * Class-data archives (AppCDS): a JVM that maps one starts Flink with about a third of the CPU time. An archive fits one
 * JDK and one class path; with any other the JVM ignores it and only starts slower.
 */
export interface ClassArchives {
  jm: string;
  tm: string;
}

/** Where the archives for Flink at `home` on this JDK belong, made or not. */
export function classArchives(cache: string, home: string, jdk: Jdk): ClassArchives {
  const identity = createHash('sha256').update(`${home} ${jdk.java} ${jdk.identity}`).digest('hex');
  const folder = join(cache, 'class-archives', `${basename(home)}-${identity.slice(0, 12)}`);
  return archivesIn(folder);
}

/**
 * Makes them from what a throw-away cluster loads while it runs the warm-up job. Needs the lock of the cache.
 * @throws {Refused} SETUP_INCOMPLETE; Sluice works without them.
 */
export async function makeClassArchives(
  archives: ClassArchives,
  home: string,
  jdk: Jdk,
  warmUpJar: string,
): Promise<boolean> {
  return await installOnce(dirname(archives.jm), async (temporary) => {
    mkdirSync(temporary);
    const made = archivesIn(temporary);
    const folder = `${temporary}-cluster`; // beside it, so that the next set-up clears up after a killed one
    mkdirSync(folder);
    const jvmFlags = { jm: [dumpTo(made.jm)], tm: [dumpTo(made.tm)] };
    const cluster = await startThrowAwayCluster({
      java: jdk.java,
      jars: jarsOf(home),
      folder,
      jvmFlags,
    });
    try {
      await Promise.race([exerciseCluster(cluster.rest, warmUpJar), cluster.broken]);
    } finally {
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    }
    const lacking = Object.values(made).filter((file) => !existsSync(file));
    if (lacking.length > 0) throw new Refused('SETUP_INCOMPLETE', `the JVM wrote no ${lacking}`);
  });
}

const archivesIn = (folder: string): ClassArchives => ({
  jm: join(folder, 'jm.jsa'),
  tm: join(folder, 'tm.jsa'),
});

const dumpTo = (file: string): string => `-XX:ArchiveClassesAtExit=${file}`;
