import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../cluster/', import.meta.url));
/** Path of one of the scripts that build, start and end a cluster. */
export const script = (name: string): string => join(scripts, name);

/** Of files and folders beside the scripts, and of what else the result depends on. */
export function hashOf(names: readonly string[], ...more: string[]): string {
  const hash = createHash('sha256').update(more.join('\n'));
  for (const name of names) {
    const path = script(name);
    const files = name.includes('.') ? [path] : readdirSync(path).map((file) => join(path, file));
    for (const file of files.sort())
      hash.update(file.slice(scripts.length)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

/** In a session of its own: a Ctrl-C meets us alone, so that what removes a cluster is not ended by it. */
export async function run(
  command: string,
  args: readonly string[],
  { settings = {}, interrupted }: { settings?: object; interrupted?: AbortSignal } = {},
): Promise<void> {
  interrupted?.throwIfAborted();
  const env = { ...process.env, ...settings };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env, detached: true });
  const { pid } = child;
  const breakOff = () => pid && process.kill(-pid, 'SIGTERM');
  interrupted?.addEventListener('abort', breakOff);
  child.stdout.pipe(process.stderr, { end: false });
  const [code, signal] = await once(child, 'exit');
  interrupted?.removeEventListener('abort', breakOff);
  interrupted?.throwIfAborted();
  if (code !== 0) throw new Error(`${command} ended with ${signal ?? code}`);
}
