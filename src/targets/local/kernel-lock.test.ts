import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { withLock } from './kernel-lock.ts';

const { signal } = new AbortController();

test('one works at a time, and all get their turn', async () => {
  const name = [randomUUID()];
  let working = 0;
  let done = 0;
  const work = async () => {
    working += 1;
    expect(working).toBe(1);
    await Promise.resolve();
    working -= 1;
    done += 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(name, signal, work)));
  expect(done).toBe(10);
});

test('locks of different names do not meet', async () => {
  const inner = async () => await withLock([randomUUID()], signal, async () => 'both');
  expect(await withLock([randomUUID()], signal, inner)).toBe('both');
});

test('a lock is free again after its work failed', async () => {
  const name = [randomUUID()];
  const failing = withLock(name, signal, async () => {
    throw new Error('no luck');
  });
  await expect(failing).rejects.toThrow('no luck');
  expect(await withLock(name, signal, async () => 'free')).toBe('free');
});

test('a lock ends with its holder, killed or not', async () => {
  const name = randomUUID();
  const file = JSON.stringify(new URL('kernel-lock.ts', import.meta.url).href);
  const script = `const { withLock } = await import(${file});
    await withLock(['${name}'], new AbortController().signal, async () => process.kill(process.pid, 'SIGKILL'));`;
  const ended = await new Promise((resolve) => {
    execFile(process.execPath, ['-e', script], (error) => resolve(error?.signal));
  });
  expect(ended).toBe('SIGKILL');
  expect(await withLock([name], signal, async () => 'free', 0)).toBe('free');
});

test('who does not get it in time says so, and does nothing', async () => {
  const name = ['cluster', randomUUID()];
  await withLock(name, signal, async () => {
    const second = withLock(name, signal, async () => 'never', 50);
    await expect(second).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', retryable: true });
  });
});

test('who gives up waiting is let go', async () => {
  const name = [randomUUID()];
  const controller = new AbortController();
  await withLock(name, signal, async () => {
    const second = withLock(name, controller.signal, async () => 'never');
    controller.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  });
});
