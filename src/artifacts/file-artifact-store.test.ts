import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createFileArtifactStore } from './index.ts';
import { aFolder } from './testing/fetching.ts';

async function* chunks(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function aStore(maxUploadBytes = 1_000) {
  const directory = await aFolder();
  return { directory, store: createFileArtifactStore({ directory, maxUploadBytes }) };
}

test('an upload is at its URI, and listed; the same name replaces it', async () => {
  const { directory, store } = await aStore();
  const first = await store.upload('default', 'my job.jar', chunks('one', ' two'));
  expect(first).toMatchObject({ filename: 'my job.jar', size: 7 });
  const path = fileURLToPath(first.uri);
  expect(path).toBe(join(directory, 'artifacts/namespaces/default/my job.jar'));
  expect(await readFile(path, 'utf8')).toBe('one two');
  await store.upload('default', 'my job.jar', chunks('three'));
  expect(await readFile(path, 'utf8')).toBe('three');
  await store.upload('default', 'b.jar', chunks('b'));
  expect((await store.list('default', 10)).map(({ filename }) => filename)).toEqual([
    'b.jar',
    'my job.jar',
  ]);
  expect(await store.list('default', 1)).toHaveLength(1);
  expect(await store.list('other', 10)).toEqual([]);
  expect(await store.get('other', 'b.jar')).toBeUndefined();
});

test('what breaks off or is too large leaves the old artifact and no rest', async () => {
  const { directory, store } = await aStore(10);
  await store.upload('default', 'a.jar', chunks('old'));
  async function* breaking(): AsyncIterable<Uint8Array> {
    yield Buffer.from('new');
    throw new Error('connection lost');
  }
  await expect(store.upload('default', 'a.jar', breaking())).rejects.toThrow('connection lost');
  const tooMuch = store.upload('default', 'a.jar', chunks('123456', '78901'));
  await expect(tooMuch).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });
  expect(await readFile(join(directory, 'artifacts/namespaces/default/a.jar'), 'utf8')).toBe('old');
  expect(await readdir(join(directory, 'artifacts/incoming'))).toEqual([]);
});

test('a full disk is said, may be tried again, and leaves no rest (G17)', async () => {
  const { directory, store } = await aStore();
  async function* onAFullDisk(): AsyncIterable<Uint8Array> {
    yield Buffer.from('new');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  await expect(store.upload('default', 'a.jar', onAFullDisk())).rejects.toMatchObject({
    code: 'ARTIFACT_UNAVAILABLE',
    retryable: true,
    message: expect.stringContaining('No space is left'),
  });
  expect(await readdir(join(directory, 'artifacts/incoming'))).toEqual([]);
});

test.each(['', '.', '..', '../x', 'a/b', 'a\\b', '.hidden', 'a\nb', 'a\0b', 'x'.repeat(256)])(
  'the name %j is refused, and nothing by it is found or removed (N09)',
  async (name) => {
    const { store } = await aStore();
    const refused = store.upload('default', name, chunks('x'));
    await expect(refused).rejects.toMatchObject({ code: 'ARTIFACT_REFUSED' });
    expect(await store.get('default', name)).toBeUndefined();
    expect(await store.remove('default', name)).toBe(false);
  },
);

test('removing says whether there was one', async () => {
  const { store } = await aStore();
  await store.upload('default', 'a.jar', chunks('x'));
  expect(await store.remove('default', 'a.jar')).toBe(true);
  expect(await store.remove('default', 'a.jar')).toBe(false);
  expect(await store.get('default', 'a.jar')).toBeUndefined();
});

test('the name of what a URI of ours would lead to, if it is not there', async () => {
  const { store } = await aStore();
  const { uri } = await store.upload('default', 'a b.jar', chunks('x'));
  expect(await store.missing(uri)).toBeUndefined();
  expect(await store.missing(uri.replace('a%20b', 'c%20d'))).toBe('c d.jar');
  const others = ['file:///etc/passwd', 'http://a/b.jar', `${uri}/x`, uri.replace('a%20b', '%')];
  others.push(uri.replace('a%20b', '%2e%2e%2fa'));
  for (const other of others) expect(await store.missing(other)).toBeUndefined();
});
