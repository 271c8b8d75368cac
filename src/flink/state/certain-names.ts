import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/**
 * Puts a question to a path and asks again before it says that nothing is there. A client of NFS remembers for up to a
 * minute that a name was missing, though another host has made it since; what it knows of a directory it checks with the
 * server whenever somebody opens that directory (close-to-open). So only a list of names shows that one is missing.
 * @returns `undefined`: it is not there.
 * @throws whatever else the question met with, or is met with above the path.
 */
export async function certainly<T>(
  path: string,
  question: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await question();
  } catch (error) {
    if (isOneOf(error, ['ENOTDIR'])) return undefined;
    if (!isOneOf(error, ['ENOENT']) || dirname(path) === path) throw error;
  }
  if (!(await namesIn(dirname(path)))?.includes(basename(path))) return undefined;
  return await question();
}

/** What lies in a directory; `undefined`: there is no such directory. @throws as {@link certainly} */
export const namesIn = (path: string): Promise<string[] | undefined> =>
  certainly(path, () => readdir(path));

/** Whether the system says one of these codes. */
export const isOneOf = (error: unknown, codes: readonly unknown[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(error.code);
