/**
 * The last segment of a URI's path as a file name that is safe everywhere: letters, digits, `.`, `_`, `-`, at most 200
 * characters, not hidden. A nameless path gives `artifact`.
 */
export function safeFilename(segment: string): string {
  const name = segment
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-200);
  return name === '' ? 'artifact' : name;
}
