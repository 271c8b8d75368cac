import { createHash } from 'node:crypto';
import { Refused } from '../../core/errors/index.ts';
import { isFree } from '../../free-port.ts';
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

/** Something only one cluster of the host may have. */
interface Place {
  /** Names its claim. */
  name: string;
  host: string;
  /** Have to be free. */
  ports: readonly number[];
}

/** Places tried before the host counts as full. */
const tries = 254;

/**
 * Claims a loopback address out of 127.77.0.0/16 for a cluster: the one it holds already, else one that nobody claims
 * and on which the ports are free.
 * @throws {Refused} NO_ROOM_ON_TARGET when none is to be had.
 */
export async function claimAddress(
  directory: string,
  who: ClaimFor,
  ports: ClusterPorts,
  signal: AbortSignal,
): Promise<string> {
  const place = (n: number): Place => {
    const host = `127.77.${Math.floor(n / 254) % 256}.${(n % 254) + 1}`;
    return { name: host, host, ports: [ports.rest, ports.rpc] };
  };
  return (await claimPlace(directory, who, place, signal)).host;
}

/**
 * Claims a port of 127.0.0.1 for a JobManager that cannot do with an address of its own: Flink 1.20 looks for its own
 * blob server at `localhost`, whatever address that is bound to, and finds no job's jar elsewhere.
 * @throws {Refused} NO_ROOM_ON_TARGET when none is to be had.
 */
export async function claimSharedPort(
  directory: string,
  who: ClaimFor,
  signal: AbortSignal,
): Promise<{ host: string; port: number }> {
  const host = '127.0.0.1';
  const place = (n: number): Place => {
    // Below the ports that the kernel gives away by itself.
    const port = 16_200 + (n % 1_800);
    return { name: `${host}:${port}`, host, ports: [port] };
  };
  const { ports } = await claimPlace(directory, who, place, signal);
  return { host, port: ports[0] ?? 0 };
}

/** Whoever claims or frees holds one lock of the host. */
async function claimPlace(
  directory: string,
  who: ClaimFor,
  place: (n: number) => Place,
  signal: AbortSignal,
): Promise<Place> {
  await openClaims(directory);
  return await withLock(['addresses', directory], signal, async () => {
    const claims = await readClaims(directory);
    // From a place of its own, so that two installations seldom meet, and a cluster meets what it claimed before.
    const start = createHash('sha256').update(who.clusterId).digest().readUInt16BE();
    const places = Array.from({ length: tries }, (_, index) => place(start + index));
    const owned = places.filter(({ name }) => isFor(who, claims.get(name)));
    for (const candidate of [...owned, ...places]) {
      if (await isClaimed(directory, who, candidate, claims)) return candidate;
    }
    const [first] = places;
    const tried = `tried ${first?.host} and up, ports ${first?.ports.join(', ')}`;
    const message = `no address with free ports found (${tried}; claims are in ${directory})`;
    throw new Refused('NO_ROOM_ON_TARGET', `${message}. Remove clusters, or what holds the ports.`);
  });
}

/** Claims the place if it is free, or a claim that nobody needs any more holds it. */
async function isClaimed(
  directory: string,
  who: ClaimFor,
  { name, host, ports }: Place,
  claims: ReadonlyMap<string, Claim | undefined>,
): Promise<boolean> {
  const holder = claims.get(name);
  const isOwn = isFor(who, holder);
  if (claims.has(name) && !isOwn && !(await isReclaimed(directory, name, holder))) return false;
  for (const port of ports) {
    if (!(await isFree(host, port))) return false;
  }
  if (!isOwn) await writeClaim(directory, name, who);
  return true;
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
