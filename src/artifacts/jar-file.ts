import { open } from 'node:fs/promises';
import { Refused } from '../core/errors/index.ts';
import type { ArtifactFetcher } from './artifacts.ts';

/** A ZIP file ends with a record of at least 22 bytes, and a comment of at most 65,535 (APPNOTE 4.3.16). */
const recordBytes = 22;
const mostBytes = recordBytes + 65_535;
const signature = Buffer.from([0x50, 0x4b, 0x05, 0x06]);

/**
 * Refuses what is no jar: Flink would find out with a whole cluster up, at each attempt.
 * @throws {Refused} ARTIFACT_REFUSED, besides what `fetcher` throws.
 */
export const onlyJars = (fetcher: ArtifactFetcher): ArtifactFetcher => ({
  async fetch(uri, signal) {
    const fetched = await fetcher.fetch(uri, signal);
    if (await isZip(fetched.path)) return fetched;
    const message = `The artifact ${fetched.filename} is no jar: it has no ZIP directory.`;
    throw new Refused('ARTIFACT_REFUSED', message);
  },
});

async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, mostBytes));
    await file.read(tail, 0, tail.length, size - tail.length);
    return size >= recordBytes && tail.includes(signature);
  } finally {
    await file.close();
  }
}
