import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refused } from '../core/errors/index.ts';
import { javaMajors } from './versions.ts';

/** A Java development kit on this host. */
export interface Jdk {
  /** Path of the `java` binary. */
  java: string;
  javac: string;
  jar: string;
  /** Vendor and full version, such as `Debian 17.0.15+6-Debian-1deb12u1`; changes with every update of the JDK. */
  identity: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The `java` of `JAVA_HOME`, else the first on `PATH`.
 * @throws {Refused} JDK_MISSING: there is none.
 */
export function findJava(environment: Environment = process.env): string {
  const home = environment.JAVA_HOME;
  const candidates = home
    ? [join(home, 'bin', 'java')]
    : (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, 'java'));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw missing(home ? `JAVA_HOME is ${home}, which holds no bin/java` : 'no java is on the PATH');
}

/**
 * Asks `java` itself what it is: a wrapper script on the `PATH` (jenv, asdf) tells nothing by its place.
 * @throws {Refused} JDK_MISSING: not a JDK of a supported version, or a runtime without a compiler.
 */
export function inspectJdk(java: string): Jdk {
  const asked = spawnSync(java, ['-XshowSettings:properties', '-version'], { encoding: 'utf8' });
  const property = (name: string): string =>
    new RegExp(`^\\s*${name.replaceAll('.', '\\.')} = (.*)$`, 'm').exec(asked.stderr ?? '')?.[1] ??
    '';
  const major = Number(property('java.specification.version'));
  if (!javaMajors.some((supported) => supported === major)) {
    throw missing(`${java} is version ${property('java.version') || 'unknown'}`);
  }
  const bin = join(property('java.home'), 'bin');
  const [javac, jar] = [join(bin, 'javac'), join(bin, 'jar')];
  if (!isExecutable(javac)) throw missing(`${java} is a runtime only (there is no ${javac})`);
  return {
    java,
    javac,
    jar,
    identity: `${property('java.vendor')} ${property('java.runtime.version')}`,
  };
}

function missing(what: string): Refused {
  const remedy = `Install a JDK ${javaMajors.join(' or ')} and set JAVA_HOME to it, or put it on the PATH`;
  return new Refused('JDK_MISSING', `${what}. ${remedy}.`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
