import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Unreachable } from '../../core/errors/index.ts';
import { errorCode } from './files.ts';
import type { ClusterHandle } from './look.ts';

/** Gives a lock back. */
type Release = () => Promise<void>;

const retryMs = 20;

/**
 * Runs `work` while no other process of this host, and nobody else in this one, holds the lock `name`.
 *
 * The lock is a listening socket with an abstract name (unix(7)) and not a file: the kernel frees it with its holder
 * however that ends, so there is no stale lock to guess about. It has one more property that a file could not have:
 * a child between fork and exec still holds it. Whoever gets the lock of a killed holder therefore finds each process
 * that the holder began to start, with its own arguments, in `/proc`.
 * @throws {Unreachable} TARGET_UNREACHABLE after `patienceMs` without the lock; the signal's reason when aborted.
 */
export async function withLock<T>(
  name: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
  patienceMs = 60_000,
): Promise<T> {
  const release = await waitForLock(name, signal, patienceMs);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function waitForLock(
  name: readonly string[],
  signal: AbortSignal,
  patienceMs: number,
): Promise<Release> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const release = await tryLock(name);
    if (release !== undefined) return release;
    if (performance.now() > deadline) {
      const message = `another process is at work on ${name.join(' ')}; try again later`;
      throw new Unreachable('TARGET_UNREACHABLE', message);
    }
    await pause(retryMs, undefined, { signal });
  }
}

/** Undefined: somebody holds the lock. */
async function tryLock(name: readonly string[]): Promise<Release | undefined> {
  // A name has at most 107 bytes and ids may be longer.
  const digest = createHash('sha256').update(name.join('\0')).digest('hex');
  const server = createServer((connection) => connection.destroy()).unref();
  server.listen({ path: `\0sluice-lock-${digest}`, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
  return async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
}

/** Name of the lock under which a cluster is made, repaired or removed. */
export const clusterLock = ({ owner, clusterId }: ClusterHandle): readonly string[] => [
  'cluster',
  clusterId,
  owner,
];
