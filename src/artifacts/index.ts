/** Artifacts: the files Sluice keeps, and the one guarded way to the bytes behind a `jarUri`. Nobody imports more. */

export { type ArtifactFetcherOptions, createArtifactFetcher } from './artifact-fetcher.ts';
export { artifactUriProblem, type UriRules } from './artifact-uri.ts';
export type {
  ArtifactFetcher,
  ArtifactInfo,
  ArtifactStore,
  FetchedArtifact,
} from './artifacts.ts';
export { createFileArtifactStore, type FileArtifactStoreOptions } from './file-artifact-store.ts';
