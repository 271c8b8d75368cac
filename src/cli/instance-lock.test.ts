import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installationId } from './installation-id.ts';
import { lockInstance } from './instance-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that does something in the folder, keeps what it got, prints a line and lives until it is killed. */
async function another(module: string, expression: string) {
  const url = JSON.stringify(new URL(module, import.meta.url).href);
  const script = `const m = await import(${url}); globalThis.kept = ${expression}; console.log(typeof kept === 'string' ? kept : 'locked'); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { pid: child.pid, line: String(line).trim(), kill };
}

test('a second Sluice on the data directory is refused, and told whose it is', async () => {
  const first = await another('./instance-lock.ts', `m.lockInstance('${folder}')`);
  try {
    expect(() => lockInstance(folder)).toThrow(
      `another Sluice (process ${first.pid}) runs on ${folder}; stop it, or set SLUICE_DATA_DIR`,
    );
  } finally {
    await first.kill();
  }
});

test('the lock of a Sluice that was killed holds nobody up', async () => {
  const first = await another('./instance-lock.ts', `m.lockInstance('${folder}')`);
  await first.kill();
  const lock = lockInstance(folder);
  expect(() => lockInstance(folder)).toThrow(`process ${process.pid}`);
  lock.release();
  lockInstance(folder).release();
});

test('an installation keeps its id, which two first processes agree on', async () => {
  const expression = `m.installationId('${folder}')`;
  const both = await Promise.all([
    another('./installation-id.ts', expression),
    another('./installation-id.ts', expression),
  ]);
  await Promise.all(both.map(({ kill }) => kill()));
  expect(both[0].line).toMatch(/^[0-9a-f-]{36}$/);
  expect(both[1].line).toBe(both[0].line);
  expect(installationId(folder)).toBe(both[0].line);
  expect(installationId(join(folder, 'other'))).not.toBe(both[0].line);
});
