import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { removeLeftovers } from './cluster-folder.ts';
import { removeTree } from './files.ts';

const nobody = 65_534;
const isRoot = process.geteuid?.() === 0;
const folders: string[] = [];
afterEach(async () => {
  for (const path of folders.splice(0)) await removeTree(path);
});

/** A folder of somebody whom the file system refuses things: root is refused nothing. */
function folderOf(user: number): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-files-'));
  folders.push(path);
  if (isRoot) chownSync(path, user, user);
  return path;
}

async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return await work();
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('a folder goes although a job made directories in it read-only (S17)', async () => {
  const folder = folderOf(nobody);
  await asNobody(async () => {
    mkdirSync(join(folder, 'tmp', 'unpacked', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'tmp', 'unpacked', 'deep', 'file'), '');
    for (const name of ['tmp/unpacked/deep', 'tmp/unpacked']) chmodSync(join(folder, name), 0o555);
    await removeTree(join(folder, 'tmp'));
  });
  expect(existsSync(join(folder, 'tmp'))).toBe(false);
});

test.runIf(isRoot)('what does not go is named, and keeps nothing else (S17)', async () => {
  const data = folderOf(nobody);
  const names = ['.old-j1', '.old-j2', '.old-j3'];
  mkdirSync(join(data, 'clusters', names[1] ?? '', 'of-root'), { recursive: true, mode: 0o700 });
  for (const name of names) mkdirSync(join(data, 'clusters', name), { recursive: true });
  for (const path of ['', names[0], names[2]])
    chownSync(join(data, 'clusters', path ?? ''), nobody, nobody);
  writeFileSync(join(data, 'clusters', names[1] ?? '', 'of-root', 'file'), '');
  expect(await asNobody(() => removeLeftovers(data))).toEqual(['.old-j2']);
  expect(names.map((name) => existsSync(join(data, 'clusters', name)))).toEqual([
    false,
    true,
    false,
  ]);
});
