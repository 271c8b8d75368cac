import { chmod, lstat, mkdir, readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from './files.ts';
import { identify, isRunning, listProcesses, processIdentitySchema } from './processes.ts';
import { readToken } from './token.ts';

const claimSchema = z.object({
  owner: z.string(),
  clusterId: z.string(),
  /** The cluster's folder. */
  folder: z.string(),
  /** Who claims: until it has made the folder, its being alive is what keeps the claim. */
  claimant: processIdentitySchema,
});
/** Who holds an address. */
export type Claim = z.infer<typeof claimSchema>;

/** Which cluster an address is claimed for. */
export type ClaimFor = Omit<Claim, 'claimant'>;

/**
 * The claims of loopback addresses of this host: a symbolic link per address whose target is the claim in JSON. A link
 * is made in one step, with its content, and only where there is none: no claim is ever half-written.
 * @param directory is made when missing, writable for all users like `/tmp`.
 */
export async function openClaims(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const stat = await lstat(directory);
  if (!stat.isDirectory()) throw new TypeError(`${directory} is not a folder`);
  // Sticky: every user may claim, nobody may take away another user's claims.
  if (stat.uid === process.getuid?.()) await chmod(directory, 0o1777);
}

/** All claims by address; undefined for a strange file, which keeps its address from us all the same. */
export async function readClaims(directory: string): Promise<Map<string, Claim | undefined>> {
  const names = await readdir(directory);
  const claims = await Promise.all(
    names.map(async (name) => [name, await readClaim(join(directory, name))] as const),
  );
  return new Map(claims);
}

async function readClaim(path: string): Promise<Claim | undefined> {
  try {
    return claimSchema.parse(JSON.parse(await readlink(path)));
  } catch (error) {
    const isStrange = error instanceof SyntaxError || error instanceof z.ZodError;
    if (isStrange || errorCode(error) === 'EINVAL' || errorCode(error) === 'ENOENT')
      return undefined;
    throw error;
  }
}

/** Claims an address nobody has claimed; EEXIST when somebody has. */
export async function writeClaim(directory: string, address: string, who: ClaimFor): Promise<void> {
  const claimant = await identify(process.pid);
  await symlink(JSON.stringify({ ...who, claimant }), join(directory, address));
}

export async function dropClaim(directory: string, address: string): Promise<void> {
  await unlink(join(directory, address));
}

/**
 * Whether nobody needs the claim any more: its claimant is dead, the cluster has no folder and no process bears its
 * token. A folder that cannot be looked at, such as another user's, proves nothing.
 */
export async function isStale(claim: Claim): Promise<boolean> {
  if (await isRunning(claim.claimant)) return false;
  if (!(await isMissing(claim.folder))) return false;
  const tokens = (await listProcesses()).map(readToken);
  return !tokens.some(
    (token) => token?.owner === claim.owner && token.ref.clusterId === claim.clusterId,
  );
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}
