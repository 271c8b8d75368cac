/** Files that Deployments run, kept by Sluice (`/artifacts/v1`, api.md 2.12). */
export interface ArtifactStore {
  /**
   * Stores the stream under the name, replacing an older one in one step. A name with a path separator is refused.
   * @throws {Refused} ARTIFACT_TOO_LARGE beyond `artifacts.maxUploadBytes`; ARTIFACT_REFUSED for a bad name.
   */
  upload(
    namespace: string,
    filename: string,
    content: AsyncIterable<Uint8Array>,
  ): Promise<ArtifactInfo>;
  list(namespace: string, limit: number): Promise<ArtifactInfo[]>;
  get(namespace: string, filename: string): Promise<ArtifactInfo | undefined>;
  /** The name of what a URI of this store would lead to and is not there; `undefined`: it is there, or not of this store. */
  missing(uri: string): Promise<string | undefined>;
  /** @returns false when there was none. */
  remove(namespace: string, filename: string): Promise<boolean>;
}

export interface ArtifactInfo {
  filename: string;
  /** `<base>/artifacts/namespaces/<namespace>/<filename>`: what `jarUri` takes. */
  uri: string;
  size: number;
  /** Epoch ms. */
  createdAt: number;
}

/**
 * The one guarded way to the bytes behind a `jarUri` (reliability.md 7, N01 to N10): `file:` under allowed directories,
 * `http(s):` to public hosts.
 */
export interface ArtifactFetcher {
  /**
   * Brings the artifact to a file on this host; a repeated fetch of unchanged content uses the cache.
   * @throws {Refused} ARTIFACT_REFUSED: never fetched, whatever happens (scheme, address, path); ARTIFACT_NOT_FOUND: missing
   *   or forbidden there, may come; one text for both. ARTIFACT_TOO_LARGE.
   * @throws {Unreachable} ARTIFACT_UNAVAILABLE: the server did not answer.
   */
  fetch(uri: string, signal: AbortSignal): Promise<FetchedArtifact>;
}

export interface FetchedArtifact {
  path: string;
  /** Hex SHA-256 of the content: names the upload on a cluster, so that a repeated upload finds itself. */
  sha256: string;
  size: number;
  /** Last segment of the URI's path, safe as a file name. */
  filename: string;
}
