import { Unreachable } from '../../core/errors/index.ts';

/**
 * Whether a directory can be listed from here, and now. Where it cannot, what it holds is unknown, not absent (S25).
 * `silent`: it was not answered, and may be soon. `closed`: the answer is no until somebody changes something.
 */
export type Listing = { kind: 'listable' } | NotListable;

export interface NotListable {
  kind: 'closed' | 'silent';
  why: string;
}

/** How places of some kinds are looked at from this process. Places are URIs or paths, as Flink and documents spell them. */
export interface StateReader {
  /** Whether the place is of a kind that it knows. */
  knows(place: string): boolean;
  /** Never throws: not being answered is an answer here. */
  listing(directory: string): Promise<Listing>;
  /**
   * Names of what lies directly in the directory; none where there is nothing.
   * @throws {Closed} it cannot be looked at.
   * @throws {Unreachable} STORAGE_UNAVAILABLE: it was not answered, and may be soon.
   */
  list(directory: string): Promise<string[]>;
  /** Whether the file is there. @throws as {@link list} */
  has(file: string): Promise<boolean>;
  /** How the file begins; `undefined` where it is not there, or shorter. @throws as {@link list} */
  beginningOf(file: string, bytes: number): Promise<Buffer | undefined>;
}

/** The place cannot be looked at from here: no evidence of what it holds. */
export class Closed extends Error {
  override readonly name = 'Closed';
}

/** What a question says of the listing that it failed for, or after. @throws whatever says nothing of it. */
export function unlisted(error: unknown): NotListable {
  if (error instanceof Closed) return { kind: 'closed', why: error.message };
  if (error instanceof Unreachable) return { kind: 'silent', why: error.message };
  throw error;
}
