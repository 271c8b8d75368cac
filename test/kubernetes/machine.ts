/**
 * What comes before set-up in `npm run test:kubernetes`, as set-up needs a JDK and Maven: gives the machine the packages
 * that a cluster of its own runs on and is built with. What no package brings is said here, before minutes are spent.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Refused } from '../../src/core/errors/index.ts';
import { invocation } from './support/invocation.ts';
import { programsFolder } from './support/test-cluster.ts';

const cluster = new URL('cluster/', import.meta.url);

const { kind } = invocation();
if (kind === 'up' || kind === 'on one of its own') {
  if (process.platform !== 'linux' || process.arch !== 'x64' || process.getuid?.() !== 0)
    throw incomplete('a cluster of its own needs Linux on amd64, and root.');
  if (!existsSync(programsFolder())) needGo();
  const { status } = spawnSync(fileURLToPath(new URL('packages.sh', cluster)), {
    stdio: 'inherit',
  });
  if (status !== 0) throw incomplete('packages are missing; the reason stands above.');
}

/** Asked in the module's folder, where a newer one that `go` would fetch by itself counts as well. */
function needGo(): void {
  const cwd = fileURLToPath(new URL('kube/', cluster));
  const needed = /^go (.+)/m.exec(readFileSync(`${cwd}go.mod`, 'utf8'))?.[1] ?? '';
  const { stdout, stderr, error } = spawnSync('go', ['env', 'GOVERSION'], {
    cwd,
    encoding: 'utf8',
  });
  if (!error && orderOf(stdout) >= orderOf(needed)) return;
  const what = error ? 'no go is on the PATH' : `this is ${stdout.trim() || stderr.trim()}`;
  const remedy = 'Take it from https://go.dev/dl/, as Debian may have an older one';
  throw incomplete(
    `Kubernetes is built with Go ${needed} or newer, and ${what}. ${remedy}, and put its bin/ on the PATH.`,
  );
}

/** Of a version such as `go1.25.0`: a number that grows with it. */
function orderOf(version: string): number {
  const [major = 0, minor = 0] = (version.match(/\d+/g) ?? []).map(Number);
  return major * 1_000 + minor;
}

function incomplete(what: string): Refused {
  return new Refused('SETUP_INCOMPLETE', what);
}
