import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A checkout with nothing but the bootstrap, a lock file, a verb that tells what it was given, and an npm of ours. */
let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'sluice-checkout-'));
  mkdirSync(join(checkout, 'src', 'setup'), { recursive: true });
  mkdirSync(join(checkout, 'bin'));
  const bootstrap = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));
  copyFileSync(bootstrap, join(checkout, 'src', 'setup', 'bootstrap.mjs'));
  const verbs = `console.log('verb', ...process.argv.slice(2)); process.exitCode = Number(process.env.CODE ?? 0);`;
  write('src/setup/verbs.ts', verbs);
  write('package.json', JSON.stringify({ type: 'module' }));
  write('package-lock.json', lock({ zod: '4.6.7' }));
  npmDoes('mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json');
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const write = (path: string, text: string) => writeFileSync(join(checkout, path), text);

function lock(versions: Record<string, string>, optional: Record<string, string> = {}): string {
  const entry = ([name, version]: [string, string]) => [`node_modules/${name}`, { version }];
  const optionalEntry = ([name, version]: [string, string]) => [
    `node_modules/${name}`,
    { version, optional: true },
  ];
  const required = Object.entries(versions).map(entry);
  const others = Object.entries(optional).map(optionalEntry);
  return JSON.stringify({ packages: Object.fromEntries([['', {}], ...required, ...others]) });
}

function npmDoes(script: string): void {
  write('bin/npm', `#!/bin/sh\necho "npm $1"\n${script}\n`);
  chmodSync(join(checkout, 'bin', 'npm'), 0o755);
}

function run(args: string[], environment: Record<string, string> = {}) {
  const bootstrap = join(checkout, 'src', 'setup', 'bootstrap.mjs');
  const env = { PATH: `${join(checkout, 'bin')}:${process.env.PATH}`, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bootstrap, ...args], {
    env,
    encoding: 'utf8',
  });
  return { status, stderr, lines: stdout.trim().split('\n') };
}

test('a fresh checkout gets its dependencies once, then only runs the verb', () => {
  expect(run(['demo', '--keep']).lines).toEqual([expect.any(String), 'npm ci', 'verb demo --keep']);
  expect(run(['demo']).lines).toEqual(['verb demo']);
});

test('a changed lock file installs again', () => {
  run(['demo']);
  write('package-lock.json', lock({ zod: '4.6.8' }));
  expect(run(['demo']).lines).toContain('npm ci');
});

test('an interrupted installation installs again', () => {
  npmDoes('mkdir -p node_modules/zod; exit 1');
  const interrupted = run(['demo']);
  expect(interrupted.status).toBe(1);
  expect(interrupted.stderr).toContain('npm ci failed');
  expect(interrupted.lines).not.toContain('verb demo');
  expect(run(['demo']).lines).toContain('npm ci');
});

test('a package for another platform need not be there', () => {
  run(['demo']);
  write('package-lock.json', lock({ zod: '4.6.7' }, { 'node-linux-other': '24.0.0' }));
  expect(run(['demo']).lines).toEqual(['verb demo']);
});

test('the exit code is that of the verb', () => {
  expect(run(['test'], { CODE: '3' }).status).toBe(3);
});

test('a signal reaches the verb, and its exit code comes back', async () => {
  run(['demo']);
  write(
    'src/setup/verbs.ts',
    `process.once('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up');`,
  );
  const bootstrap = join(checkout, 'src', 'setup', 'bootstrap.mjs');
  const child = spawn(process.execPath, [bootstrap, 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([7, null]);
});

test('the pinned Node is the one that runs, and is first on the path', () => {
  run(['demo']);
  const bin = join(checkout, 'node_modules', `node-linux-${process.arch}`, 'bin');
  mkdirSync(bin, { recursive: true });
  write(`node_modules/node-linux-${process.arch}/bin/node`, '#!/bin/sh\necho "pinned $PATH"\n');
  chmodSync(join(bin, 'node'), 0o755);
  expect(run(['demo']).lines[0]).toMatch(`pinned ${bin}:`);
});
