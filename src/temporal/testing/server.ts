import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../config.ts';
import { freePort } from '../../free-port.ts';
import type { DevServer, DevServerOptions } from '../dev-server.ts';
import { startDevServer } from '../dev-server.ts';
import { findTemporalCli } from '../find-cli.ts';

const config = loadConfig();

/** The Temporal CLI of this machine, or undefined: then tests that need it are skipped, visibly. */
export const cliForTests: string | undefined = await findTemporalCli({
  ...config.temporal,
  cacheDirectory: config.cacheDirectory,
  environment: config.childEnvironment,
  build: false,
}).then(
  (cli) => cli.path,
  () => undefined,
);

/** An empty folder that is removed by `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sluice-temporal-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A dev server whose data lies in the folder, at ports far from those of a real one. */
export async function serverForTests(
  directory: string,
  options: Partial<DevServerOptions> = {},
): Promise<DevServer> {
  return await startDevServer({
    cli: cliForTests ?? '',
    directory,
    port: await freePort('127.0.0.1', 20_000 + (process.pid % 20_000)),
    environment: config.childEnvironment,
    log: pino({ level: 'silent' }),
    ...options,
  });
}

/** Polls until the condition holds. @throws when it does not within the time. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
