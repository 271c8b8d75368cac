import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce, temporarySuffix } from './cache.ts';
import type { Jdk } from './java.ts';
import { runTool } from './run-tool.ts';
import { compileAgainst, javaRelease } from './versions.ts';

/** Java sources of ours that become one jar. */
export interface JarSource {
  name: string;
  /** Folder of the `.java` files. */
  folder: string;
  /** Becomes the jar's `Main-Class`, so that nobody has to name it. */
  mainClass: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

export const warmUpSource: JarSource = {
  name: 'warm-up',
  folder: join(root, 'src', 'warm-up'),
  mainClass: 'sluice.warmup.WarmUpJob',
};

export const counterSource: JarSource = {
  name: 'counter',
  folder: join(root, 'examples', 'counter', 'src'),
  mainClass: 'sluice.examples.counter.CounterJob',
};

/** Where the jar of `source` as it is now belongs: its name has the hash of everything that it is made from. */
export function jarPath(cache: string, source: JarSource): string {
  const hash = createHash('sha256').update(`${compileAgainst} ${javaRelease} ${source.mainClass}`);
  for (const file of sourceFiles(source)) hash.update(basename(file)).update(readFileSync(file));
  return join(cache, 'jars', `${source.name}-${hash.digest('hex').slice(0, 12)}.jar`);
}

/** Gives the jar of `source` a path without a hash, for people to name: `jars/counter.jar`. Needs the lock of the cache. */
export function linkJar(cache: string, source: JarSource): void {
  const link = join(cache, 'jars', `${source.name}.jar`);
  const draft = `${link}${temporarySuffix}link`;
  rmSync(draft, { force: true });
  symlinkSync(basename(jarPath(cache, source)), draft);
  renameSync(draft, link);
}

/** Compiles `source` with the class path `jars` (of Flink {@link compileAgainst}). Needs the lock of the cache. */
export async function buildJar(
  cache: string,
  source: JarSource,
  jdk: Jdk,
  jars: readonly string[],
): Promise<boolean> {
  return await installOnce(jarPath(cache, source), async (temporary) => {
    const classes = `${temporary}-classes`;
    mkdirSync(classes, { recursive: true });
    try {
      const options = ['--release', String(javaRelease), '-cp', jars.join(':'), '-d', classes];
      await runTool(jdk.javac, [...options, ...sourceFiles(source)]);
      await runTool(jdk.jar, ['cfe', temporary, source.mainClass, '-C', classes, '.']);
    } finally {
      rmSync(classes, { recursive: true, force: true });
    }
  });
}

function sourceFiles(source: JarSource): string[] {
  return readdirSync(source.folder)
    .filter((name) => name.endsWith('.java'))
    .sort()
    .map((name) => join(source.folder, name));
}
