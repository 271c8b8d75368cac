import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Refused } from '../../core/errors/index.ts';
import {
  type Claim,
  type ClaimFor,
  dropClaim,
  isStale,
  openClaims,
  readClaims,
  writeClaim,
} from './claims.ts';
import { errorCode } from './files.ts';
import { withLock } from './kernel-lock.ts';
import type { ClusterPorts } from './options.ts';

/** Addresses tried before the host counts as full. */
const tries = 254;

/**
 * Claims a loopback address out of 127.77.0.0/16 for a cluster: the one it holds already, else one that nobody claims
 * and on which both ports are free. Whoever claims or frees holds one lock of the host.
 * @throws {Refused} NO_ROOM_ON_TARGET when no address is to be had.
 */
export async function claimAddress(
  directory: string,
  who: ClaimFor,
  ports: ClusterPorts,
  signal: AbortSignal,
): Promise<string> {
  await openClaims(directory);
  return await withLock(['addresses', directory], signal, async () => {
    const claims = await readClaims(directory);
    for (const address of candidates(who, claims)) {
      const holder = claims.get(address);
      const isFree =
        !claims.has(address) ||
        isFor(who, holder) ||
        (await isReclaimed(directory, address, holder));
      if (!isFree || !(await portsAreFree(address, ports))) continue;
      if (!isFor(who, holder)) await writeClaim(directory, address, who);
      return address;
    }
    const message = `no loopback address with free ports ${ports.rest} and ${ports.rpc} found in 127.77.0.0/16 (claims: ${directory})`;
    throw new Refused(
      'NO_ROOM_ON_TARGET',
      `${message}. Remove clusters, or what listens on 0.0.0.0.`,
    );
  });
}

/** Frees all addresses a cluster holds; nothing to do is fine. */
export async function freeAddresses(
  directory: string,
  who: ClaimFor,
  signal: AbortSignal,
): Promise<void> {
  await openClaims(directory);
  await withLock(['addresses', directory], signal, async () => {
    for (const [address, claim] of await readClaims(directory)) {
      if (isFor(who, claim)) await dropClaim(directory, address);
    }
  });
}

const isFor = (who: ClaimFor, claim: Claim | undefined): boolean =>
  claim?.owner === who.owner && claim.clusterId === who.clusterId;

/** What the cluster holds first; then others from a place of its own, so that two installations seldom meet. */
function candidates(who: ClaimFor, claims: ReadonlyMap<string, Claim | undefined>): string[] {
  const own = [...claims].filter(([, claim]) => isFor(who, claim)).map(([address]) => address);
  const start = createHash('sha256').update(who.clusterId).digest().readUInt16BE();
  const others = Array.from({ length: tries }, (_, index) => addressOf(start + index));
  return [...own, ...others.filter((address) => !own.includes(address))];
}

/** The n-th address, leaving out those that end in 0 or 255. */
const addressOf = (n: number): string => `127.77.${Math.floor(n / 254) % 256}.${(n % 254) + 1}`;

async function isReclaimed(
  directory: string,
  address: string,
  claim: Claim | undefined,
): Promise<boolean> {
  if (claim === undefined || !(await isStale(claim))) return false;
  try {
    await dropClaim(directory, address);
    return true;
  } catch (error) {
    // Another user's claim: the folder's sticky bit leaves it to that user.
    if (errorCode(error) === 'EPERM' || errorCode(error) === 'EACCES') return false;
    throw error;
  }
}

async function portsAreFree(address: string, ports: ClusterPorts): Promise<boolean> {
  return (await portIsFree(address, ports.rest)) && (await portIsFree(address, ports.rpc));
}

async function portIsFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return false;
    throw error;
  }
  const closed = once(server, 'close');
  server.close();
  await closed;
  return true;
}
