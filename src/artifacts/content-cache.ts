import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { opendir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FetchedArtifact } from './artifacts.ts';
import { isMissing } from './file-errors.ts';
import { type Draft, writeDraft } from './write-atomically.ts';

/** What an origin says of a version of its content, to ask it later whether that is still the one. */
const validatorsSchema = z.object({
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** Of a local file: device, inode, size and times. */
  file: z.string().optional(),
});
export type Validators = z.infer<typeof validatorsSchema>;

const entrySchema = z.object({
  uri: z.string(),
  validators: validatorsSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().min(0),
  filename: z.string(),
});
type Entry = z.infer<typeof entrySchema>;

/** What the cache holds for a URI. */
export interface Cached {
  artifact: FetchedArtifact;
  validators: Validators;
}

/** Content untouched this long (ms) may be evicted; what was just handed out is still being read. */
const keepMs = 3_600_000;

/**
 * Fetched artifacts on disk: `content/<sha256>` and, for each URI, `entries/<sha256 of the URI>.json`. Everything appears
 * by a rename, so that several processes may share a directory. What is damaged counts as absent.
 */
export class ContentCache {
  readonly #directory: string;
  readonly #maxBytes: number;

  /** @param maxBytes what old content is evicted down to. */
  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  /** The content of a URI as it was last stored, if it is still whole. */
  async find(uri: string): Promise<Cached | undefined> {
    const entry = await this.#readEntry(uri);
    if (entry === undefined || entry.uri !== uri) return undefined;
    const path = this.#content(entry.sha256);
    if ((await hashOf(path)) !== entry.sha256) return undefined;
    const now = new Date();
    await utimes(path, now, now);
    const { sha256, size, filename } = entry;
    return { artifact: { path, sha256, size, filename }, validators: entry.validators };
  }

  /** Writes a stream beside the content, hashed. @throws {Refused} ARTIFACT_TOO_LARGE. */
  draft(content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Draft> {
    return writeDraft(join(this.#directory, 'incoming'), content, maxBytes);
  }

  /** Makes a draft the content of a URI. */
  async keep(
    draft: Draft,
    uri: string,
    filename: string,
    validators: Validators,
  ): Promise<FetchedArtifact> {
    const { sha256, size } = draft;
    const path = this.#content(sha256);
    await draft.moveTo(path);
    const entry: Entry = { uri, validators, sha256, size, filename };
    const text = Buffer.from(JSON.stringify(entry));
    const written = await this.draft(oneChunk(text), text.byteLength);
    await written.moveTo(this.#entry(uri));
    await this.#evict(sha256);
    return { path, sha256, size, filename };
  }

  async #readEntry(uri: string): Promise<Entry | undefined> {
    try {
      const read: unknown = JSON.parse(await readFile(this.#entry(uri), 'utf8'));
      return entrySchema.safeParse(read).data;
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Drops the least recently used content beyond the bound, but nothing that may still be in use. */
  async #evict(justStored: string): Promise<void> {
    const files: { path: string; size: number; usedAt: number }[] = [];
    for await (const { name } of await opendir(join(this.#directory, 'content'))) {
      const path = this.#content(name);
      const file = name === justStored ? undefined : await statOrNothing(path);
      if (file !== undefined) files.push({ path, size: file.size, usedAt: file.mtimeMs });
    }
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size, usedAt } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#maxBytes || Date.now() - usedAt < keepMs) return;
      await rm(path, { force: true });
      total -= size;
    }
  }

  #content(sha256: string): string {
    return join(this.#directory, 'content', sha256);
  }

  #entry(uri: string): string {
    const name = createHash('sha256').update(uri).digest('hex');
    return join(this.#directory, 'entries', `${name}.json`);
  }
}

/** Hex SHA-256 of a file, undefined if there is none. */
async function hashOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Another process may evict at the same time. */
async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
