import { checkpointIdOfHeader, headerBytes } from './checkpoint-metadata.ts';
import { Closed, type Listing, type StateReader } from './reader.ts';

/** A complete retained checkpoint. */
export interface Retained {
  path: string;
  checkpointId: number;
  isSavepoint: false;
}

/**
 * State as Flink wrote it, looked at from outside, wherever it lies. A place that does not answer throws, whatever is
 * asked of it but {@link StateStorage.listing}: whoever looked looks again.
 */
export interface StateStorage {
  /** Whether what is not found in the directory is not there. Never throws. */
  listing(directory: string): Promise<Listing>;
  /**
   * The newest complete retained checkpoint of a job; a folder without `_metadata` is none.
   * @param directory `<dir>/<flink job id>`; where nothing is in it, the job has written nothing.
   * @throws {Closed} it cannot be looked at.
   */
  newestRetained(directory: string): Promise<Retained | undefined>;
  /**
   * The savepoint below a target directory that only one attempt ever used (reliability.md 2.1).
   * @throws {Closed} it cannot be looked at.
   */
  savepointIn(targetDirectory: string): Promise<string | undefined>;
  /** As {@link savepointIn}; one that cannot be looked at from here is not seen, which says nothing of whether it is there. */
  savepointSeenIn(targetDirectory: string): Promise<string | undefined>;
  /** Whether a complete checkpoint or savepoint is seen there; one that cannot be looked at from here is not. */
  isSeen(path: string): Promise<boolean>;
  /** Flink's id of a checkpoint or savepoint, by its own files; `undefined` where they do not tell, or not to us. */
  checkpointIdIn(path: string): Promise<number | undefined>;
}

/** @param readers each place is read by the first that knows it. */
export function createStateStorage(readers: readonly StateReader[]): StateStorage {
  const readerOf = (place: string): StateReader =>
    readers.find((reader) => reader.knows(place)) ?? unknownKind;
  const isComplete = (path: string) => readerOf(path).has(`${trimmed(path)}/_metadata`);
  const savepointIn = async (targetDirectory: string) => {
    for (const name of (await readerOf(targetDirectory).list(targetDirectory)).sort()) {
      const path = `${trimmed(targetDirectory)}/${name}`;
      if (name.startsWith('savepoint-') && (await isComplete(path))) return path;
    }
    return undefined;
  };
  return {
    listing: (directory) => readerOf(directory).listing(directory),

    newestRetained: async (directory) => {
      const numbers = (await readerOf(directory).list(directory))
        .map((name) => /^chk-(\d+)$/.exec(name)?.[1])
        .filter((digits) => digits !== undefined)
        .map(Number)
        .sort((a, b) => b - a);
      for (const checkpointId of numbers) {
        const path = `${trimmed(directory)}/chk-${checkpointId}`;
        if (await isComplete(path)) return { path, checkpointId, isSavepoint: false };
      }
      return undefined;
    },

    savepointIn,
    savepointSeenIn: (targetDirectory) => seen(savepointIn(targetDirectory)),
    isSeen: async (path) => (await seen(isComplete(path))) ?? false,

    checkpointIdIn: async (path) => {
      const header = await seen(
        readerOf(path).beginningOf(`${trimmed(path)}/_metadata`, headerBytes),
      );
      return header && checkpointIdOfHeader(header);
    },
  };
}

const seen = <T>(look: Promise<T>): Promise<T | undefined> =>
  look.catch((error: unknown) => {
    if (error instanceof Closed) return undefined;
    throw error;
  });

const trimmed = (path: string): string => path.replace(/\/+$/, '');

const notOurs = 'workers can look into file: directories and s3: buckets only';

/** For `hdfs:`, `gs:` and others Flink's word has to do. */
const unknownKind: StateReader = {
  knows: () => true,
  listing: async () => ({ kind: 'closed', why: notOurs }),
  list: () => Promise.reject(new Closed(notOurs)),
  has: () => Promise.reject(new Closed(notOurs)),
  beginningOf: () => Promise.reject(new Closed(notOurs)),
};
