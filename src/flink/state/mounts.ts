import { readFileSync } from 'node:fs';

/**
 * Where the file system that a path is on is mounted, by the kernel's own list: it answers though the file system does not.
 * A path below a symbolic link counts as of where the link is; without such a list (not on Linux) all are of `/`.
 */
export const mountOf = (path: string): string => mountAmong(mounts(), path);

/** @param list as of `/proc/self/mountinfo`: the fifth field is the mount point, its blanks and the like as `\040`. */
export function mountAmong(list: string, path: string): string {
  let longest = '/';
  for (const line of list.split('\n')) {
    const mount = unescaped(line.split(' ')[4] ?? '/');
    const isAbove = path === mount || path.startsWith(`${mount}/`);
    if (isAbove && mount.length > longest.length) longest = mount;
  }
  return longest;
}

/** Not by a thread of the pool, of which none may be left. It is no file of a disk, and takes some µs. */
function mounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

const unescaped = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
