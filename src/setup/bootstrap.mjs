/**
 * First thing that runs on a fresh checkout: on any Node from 20 on, before a dependency exists. Installs the
 * dependencies when they are not those of `package-lock.json`, then hands the verb to the pinned Node 24.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, `node-linux-${process.arch}`, 'bin', 'node');

refuseOldNode();
if (!isInstalled()) install();
process.exitCode = await handOver(existsSync(pinnedNode) ? pinnedNode : process.execPath);

function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`Node 20 or later is needed to begin with; this is ${process.version}.`);
}

/**
 * npm leaves a copy of what it installed in `node_modules/.package-lock.json`, as its last act: compared with the lock
 * file, it tells an interrupted or outdated installation, whoever made it.
 */
function isInstalled() {
  const installed = packagesOf(join(modules, '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const present = installed[path]?.version;
    return present === version || (present === undefined && optional === true);
  });
}

function packagesOf(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : {};
}

function install() {
  console.log('set-up: installing the npm packages of package-lock.json');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' });
  if (error) fail(`npm could not be started (${error.message}). Install npm beside Node.`);
  if (status !== 0) fail('npm ci failed; its reason stands above.');
}

/** Runs the verb under `node`, which comes first on the path of everything below it. */
async function handOver(node) {
  const path = [dirname(node), join(modules, '.bin'), process.env.PATH].join(':');
  const program = join(root, 'src', 'setup', 'verbs.ts');
  const child = spawn(node, [program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // A terminal's Ctrl-C reaches the child twice, by the group and from here; `sluice` takes that as one.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...outcome) => resolve(outcome));
  });
  if (signal !== null) console.error(`set-up: ended by ${signal}`);
  return code ?? 1;
}

function fail(message) {
  console.error(`set-up: ${message}`);
  process.exit(1);
}
