import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheDirectory, installOnce, removeLeftovers, withCacheLock } from './cache.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'sluice-cache-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

test('the cache is where the environment says, else in the home of the user', () => {
  expect(cacheDirectory({ SLUICE_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheDirectory({ SLUICE_CACHE_DIR: '', XDG_CACHE_HOME: '/b' })).toBe('/b/sluice');
  expect(cacheDirectory({})).toMatch(/\/\.cache\/sluice$/);
});

const never = () => expect.unreachable('nobody else holds the lock');

describe('installOnce', () => {
  test('makes a part once', async () => {
    const make = vi.fn(async (place: string) => writeFileSync(place, 'made'));
    expect(await installOnce(join(cache, 'jars', 'a.jar'), make)).toBe(true);
    expect(await installOnce(join(cache, 'jars', 'a.jar'), make)).toBe(false);
    expect(make).toHaveBeenCalledOnce();
    expect(readFileSync(join(cache, 'jars', 'a.jar'), 'utf8')).toBe('made');
  });

  test('makes a part once for all who want it at the same time', async () => {
    const folder = join(cache, 'plugins');
    const make = vi.fn(async (place: string) => {
      mkdirSync(place);
      await Promise.resolve();
      writeFileSync(join(place, 'one.jar'), 'made');
    });
    const both = [installOnce(folder, make), installOnce(folder, make)];
    expect(await Promise.all(both)).toEqual([true, true]);
    expect(make).toHaveBeenCalledOnce();
    expect(readdirSync(folder)).toEqual(['one.jar']);
  });

  test('takes what another process finished first', async () => {
    const folder = join(cache, 'plugins');
    const overtaken = installOnce(folder, async (place) => {
      mkdirSync(place);
      writeFileSync(join(place, 'one.jar'), 'late');
      mkdirSync(folder);
      writeFileSync(join(folder, 'one.jar'), 'first');
    });
    expect(await overtaken).toBe(false);
    expect(readFileSync(join(folder, 'one.jar'), 'utf8')).toBe('first');
    expect(readdirSync(cache)).toEqual(['plugins']);
  });

  test('leaves nothing of a part that failed', async () => {
    const half = async (place: string) => {
      mkdirSync(place);
      writeFileSync(join(place, 'first.jar'), '');
      throw new Error('the network is gone');
    };
    await expect(installOnce(join(cache, 'flink'), half)).rejects.toThrow('the network is gone');
    expect(readdirSync(cache)).toEqual([]);
  });

  test('a killed set-up leaves no half part, and the next one clears up after it', async () => {
    const victim = child(`
      await withCacheLock(cache, console.log, () => installOnce(cache + '/flink', async (place) => {
        mkdirSync(place);
        writeFileSync(place + '/first.jar', '');
        console.log('half way');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      }));`);
    await said(victim, 'half way');
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    expect(existsSync(join(cache, 'flink'))).toBe(false);
    expect(readdirSync(cache).filter((name) => name.startsWith('flink'))).toHaveLength(1);
    await withCacheLock(cache, never, async () => removeLeftovers(cache));
    expect(readdirSync(cache).filter((name) => name.startsWith('flink'))).toEqual([]);
  });
});

describe('the lock of the cache', () => {
  test('keeps a second set-up waiting until the first ends, however it ends', async () => {
    const holder = child(`
      await withCacheLock(cache, console.log, async () => {
        console.log('holding');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`);
    await said(holder, 'holding');
    const order: string[] = [];
    const second = withCacheLock(
      cache,
      () => {
        order.push('waits');
        holder.kill('SIGKILL');
      },
      async () => order.push('works'),
    );
    await second;
    expect(order).toEqual(['waits', 'works']);
  });

  test('lets one process after another work, none at the same time', async () => {
    const work = `
      for (let round = 0; round < 5; round += 1) {
        await withCacheLock(cache, console.log, async () => {
          writeFileSync(cache + '/inside', '', { flag: 'wx' });
          await new Promise((resolve) => setTimeout(resolve, 5));
          rmSync(cache + '/inside');
        });
      }`;
    const codes = await Promise.all(
      [1, 2, 3].map(async () => (await once(child(work), 'exit'))[0]),
    );
    expect(codes).toEqual([0, 0, 0]);
  });
});

/** A process of its own that runs `program` with the functions under test. */
function child(program: string) {
  const module = fileURLToPath(new URL('./cache.ts', import.meta.url));
  const source = `
    import { installOnce, withCacheLock } from ${JSON.stringify(module)};
    import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
    const cache = ${JSON.stringify(cache)};
    ${program}`;
  const args = ['--input-type=module', '--eval', source];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function said(process: ReturnType<typeof child>, words: string): Promise<void> {
  let heard = '';
  for await (const text of process.stdout.setEncoding('utf8')) {
    heard += text;
    if (heard.includes(words)) return;
  }
  throw new Error(`it only said: ${heard}`);
}
