import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onlyJars } from './index.ts';
import { aFolder } from './testing/fetching.ts';

const { signal } = new AbortController();

/** The directory of an empty ZIP file. */
const zipEnd = Buffer.concat([Buffer.from([0x50, 0x4b, 5, 6]), Buffer.alloc(18)]);

const fetching = async (content: Buffer) => {
  const path = join(await aFolder(), 'a.jar');
  await writeFile(path, content);
  const fetched = { path, sha256: '', size: content.length, filename: 'a.jar' };
  return onlyJars({ fetch: async () => fetched }).fetch('file:///a.jar', signal);
};

test('a jar is handed on, with a comment at its end too', async () => {
  for (const content of [zipEnd, Buffer.concat([Buffer.alloc(9), zipEnd, Buffer.alloc(60_000)])])
    expect(await fetching(content)).toMatchObject({ size: content.length });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a document', Buffer.from('kind: Deployment\n'.repeat(10_000))],
  ['the signature alone', zipEnd.subarray(0, 4)],
])('%s is no jar, for good', async (_, content) => {
  await expect(fetching(content)).rejects.toMatchObject({
    code: 'ARTIFACT_REFUSED',
    message: 'The artifact a.jar is no jar: it has no ZIP directory.',
  });
});
