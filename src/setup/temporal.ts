import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Runs a command of the Temporal CLI, as at a prompt. It talks to the embedded server of this checkout's data directory,
 * unless `TEMPORAL_ADDRESS` or `--address` says otherwise.
 * @returns its exit code.
 */
export async function runTemporal(cli: string, args: readonly string[]): Promise<number> {
  const address = process.env.TEMPORAL_ADDRESS || embeddedAddress();
  const environment = address ? { ...process.env, TEMPORAL_ADDRESS: address } : process.env;
  const child = spawn(cli, args, { stdio: 'inherit', env: environment });
  const [code] = z.tuple([z.int().nullable(), z.unknown()]).parse(await once(child, 'exit'));
  return code ?? 1;
}

/** Where the embedded server listens, if `npm start` ever ran one here. */
function embeddedAddress(): string | undefined {
  const file = join(process.env.SLUICE_DATA_DIR || '.sluice', 'temporal', 'server.json');
  try {
    const { port } = z.object({ port: z.int() }).parse(JSON.parse(readFileSync(file, 'utf8')));
    return `127.0.0.1:${port}`;
  } catch {
    return undefined; // none yet: the command's own default is as good as any
  }
}
