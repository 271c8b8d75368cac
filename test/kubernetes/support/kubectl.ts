import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Companion, startCompanion } from './companion.ts';
import { programsFolder } from './test-cluster.ts';

/** The one that was built with the cluster; for a given cluster, the one on the `PATH`. */
const program = (): string => {
  const built = join(programsFolder(), 'kubectl');
  return existsSync(built) ? built : 'kubectl';
};

/** As a person at a command line. @returns what it printed. @throws with what it complained of. */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program(), args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** A `kubectl` that goes on, such as `port-forward`. */
export const startKubectl = (...args: string[]): Companion => startCompanion(program(), ...args);

/** `PATH` for scripts that call it. */
export const kubectlPath = (): string => [dirname(program()), process.env.PATH].join(delimiter);
