import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const tie = fileURLToPath(new URL('tie-to-parent.mjs', import.meta.url));
const sayPid = 'process.stdout.write(String(process.pid)); setInterval(() => {}, 1_000)';

test('the command ends when its starter lets go of the pipe', async () => {
  const tied = spawn(process.execPath, [tie, process.execPath, '-e', sayPid]);
  const pid = await pidSaidBy(tied);
  expect(runs(pid)).toBe(true);
  tied.stdin.end();
  await once(tied, 'exit');
  expect(runs(pid)).toBe(false);
});

test('the command ends when its starter is killed', async () => {
  // The starter starts the tie as a runner would, says what the command says, and is then killed without a word.
  const args = JSON.stringify([tie, process.execPath, '-e', sayPid]);
  const script = `require('node:child_process').spawn(process.execPath, ${args}, { stdio: ['pipe', 'inherit', 'inherit'] })`;
  const starter = spawn(process.execPath, ['-e', script]);
  const pid = await pidSaidBy(starter);
  starter.kill('SIGKILL');
  await expect.poll(() => runs(pid), { timeout: 10_000 }).toBe(false);
});

async function pidSaidBy(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('its output is not piped');
  const [said] = await once(child.stdout, 'data');
  return Number(said);
}

/** A zombie waits for its parent and does not run. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}
