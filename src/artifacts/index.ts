/** Makers of what `artifacts.ts` promises: the files Sluice keeps, and the one guarded way to the bytes of a `jarUri`. */
export { type ArtifactFetcherOptions, createArtifactFetcher } from './artifact-fetcher.ts';
export { createFileArtifactStore } from './file-artifact-store.ts';
export { onlyJars } from './jar-file.ts';
