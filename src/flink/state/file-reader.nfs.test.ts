import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFileReader } from './file-reader.ts';
import { createStateStorage } from './storage.ts';

/**
 * What a client of NFS remembers: for up to a minute, that a name was not there when somebody asked for it. It asks the
 * server again when the directory that the name is in is opened.
 */
const memory = vi.hoisted(() => ({ missing: new Set<string>() }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const { existsSync } = await import('node:fs');
  const within = (path: string): string[] =>
    path === '/' ? ['/'] : [...within(dirname(path)), path];
  const noEntry = () => Object.assign(new Error('no entry'), { code: 'ENOENT' });
  const remembering =
    <R>(look: (path: string, ...rest: never[]) => Promise<R>) =>
    async (path: string, ...rest: never[]): Promise<R> => {
      const first = within(path).find((one) => memory.missing.has(one) || !existsSync(one));
      if (first === undefined) return await look(path, ...rest);
      memory.missing.add(first);
      throw noEntry();
    };
  const opening =
    <R>(look: (path: string, ...rest: never[]) => Promise<R>) =>
    async (path: string, ...rest: never[]): Promise<R> => {
      const result = await remembering(look)(path, ...rest);
      for (const one of memory.missing) if (dirname(one) === path) memory.missing.delete(one);
      return result;
    };
  return {
    ...fs,
    access: remembering(fs.access),
    stat: remembering(fs.stat),
    open: remembering(fs.open),
    readdir: opening(fs.readdir),
    opendir: opening(fs.opendir),
  };
});

const storage = createStateStorage([createFileReader({ answerWithinMs: 15_000 })]);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-nfs-'));
});
afterEach(async () => {
  memory.missing.clear();
  await rm(folder, { recursive: true, force: true });
});

/** As another host does it: our client hears nothing of it. */
async function complete(...path: string[]): Promise<void> {
  const directory = join(folder, ...path);
  await mkdir(directory, { recursive: true });
  const header = Buffer.from('4960672d000000060000000000000039', 'hex');
  await writeFile(join(directory, '_metadata'), header);
}

test('a checkpoint is completed after it was first looked for: it is found (S3)', async () => {
  await complete('c', 'ab12', 'chk-56');
  await mkdir(join(folder, 'c', 'ab12', 'chk-57'));
  const newest = () => storage.newestRetained(`file:${folder}/c/ab12`);
  expect(await newest()).toMatchObject({ checkpointId: 56 });
  await complete('c', 'ab12', 'chk-57');
  expect(await newest()).toMatchObject({ checkpointId: 57 });
});

test('so is the first one of a job that had written nothing', async () => {
  await mkdir(join(folder, 'c'));
  const newest = () => storage.newestRetained(`file:${folder}/c/ab12`);
  expect(await newest()).toBeUndefined();
  await complete('c', 'ab12', 'chk-1');
  expect(await newest()).toMatchObject({ checkpointId: 1 });
});

test('so is a directory, and what lies in it, that is made after it was looked for', async () => {
  const listing = () => storage.listing(`file:${folder}/s/d1`);
  const rank = () => storage.checkpointIdIn(`file:${folder}/s/d1/u1/savepoint-1`);
  expect(await rank()).toBeUndefined();
  expect(await listing()).toMatchObject({ kind: 'closed' });
  await complete('s', 'd1', 'u1', 'savepoint-1');
  expect(await listing()).toEqual({ kind: 'listable' });
  expect(await rank()).toBe(57);
});

test('a savepoint in the folder of its attempt is found as soon as it is complete', async () => {
  const found = () => storage.savepointIn(`file:${folder}/s/u1`);
  expect(await found()).toBeUndefined();
  await mkdir(join(folder, 's', 'u1', 'savepoint-1'), { recursive: true });
  expect(await found()).toBeUndefined();
  await complete('s', 'u1', 'savepoint-1');
  expect(await found()).toContain('savepoint-1');
});
