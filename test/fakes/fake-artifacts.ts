import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArtifactFetcher, FetchedArtifact } from '../../src/artifacts/artifacts.ts';
import { Refused } from '../../src/core/errors/index.ts';
import { type Calls, unreachable } from './calls.ts';
import { isWarmUpJar } from './program.ts';

/** How a URI answers: `there` is the default. */
export type ArtifactMood = 'there' | 'missing' | 'refused' | 'unavailable';

/** Brings every URI as a small real file; what is in it decides nothing but its hash. */
export class FakeArtifactFetcher implements ArtifactFetcher {
  /** A real file that a cluster takes for the warm-up jar. */
  readonly warmUpJar: string;
  readonly #calls: Calls;
  readonly #directory: string;
  readonly #moods = new Map<string, ArtifactMood>();
  readonly #contents = new Map<string, string>();
  readonly #uris = new Map<string, string>();

  constructor(calls: Calls, directory: string) {
    this.#calls = calls;
    this.#directory = directory;
    this.warmUpJar = join(directory, 'warm-up.jar');
    mkdirSync(directory, { recursive: true });
    writeFileSync(this.warmUpJar, 'warm-up');
  }

  /** From now on. */
  answer(uri: string, mood: ArtifactMood): void {
    this.#moods.set(uri, mood);
  }

  /** Other bytes behind the same URI. */
  replace(uri: string, content: string): void {
    this.#contents.set(uri, content);
  }

  /** The URI whose bytes the file holds: what a jar uploaded from it runs. A warm-up jar is its own source. */
  sourceOf(path: string): string | undefined {
    return isWarmUpJar(path) ? path : this.#uris.get(path);
  }

  fetch(uri: string, signal: AbortSignal): Promise<FetchedArtifact> {
    return this.#calls.perform({ kind: 'fetch', detail: uri }, signal, () => {
      const mood = this.#moods.get(uri) ?? 'there';
      if (mood === 'there') return this.#bring(uri);
      if (mood === 'unavailable') throw unreachable('fetch', `${uri} did not answer`);
      const code = mood === 'refused' ? 'ARTIFACT_REFUSED' : 'ARTIFACT_NOT_FOUND';
      throw new Refused(code, `the artifact at ${uri} cannot be had`);
    });
  }

  #bring(uri: string): FetchedArtifact {
    const content = this.#contents.get(uri) ?? `jar of ${uri}`;
    const sha256 = createHash('sha256').update(content).digest('hex');
    const filename =
      uri
        .split('/')
        .at(-1)
        ?.replace(/[^\w.-]/g, '_') || 'artifact.jar';
    const directory = join(this.#directory, sha256);
    mkdirSync(directory, { recursive: true });
    const path = join(directory, filename);
    writeFileSync(path, content);
    this.#uris.set(path, uri);
    return { path, sha256, size: Buffer.byteLength(content), filename };
  }
}
