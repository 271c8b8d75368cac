import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** A Postgres server of one test's own. */
export interface TestPostgres {
  /** Its first database; the server listens on a unix socket only. */
  url: string;
  /** Makes an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** Folder of Debian's server binaries, newest version; undefined: Postgres is not installed. */
export function postgresBinaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const newestFirst = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return newestFirst
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
}

/**
 * Starts a Postgres server with an empty database.
 * @param durable waits for the disk at each commit, as in production; not by default: a test's machine loses no power.
 * @throws {Error} when it is not installed: ask {@link postgresBinaries} first.
 */
export async function startPostgres({ durable = false } = {}): Promise<TestPostgres> {
  const binaries = postgresBinaries();
  if (binaries === undefined) throw new Error('Postgres is not installed: apt install postgresql');
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'));
  const owner = unprivilegedUser();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, stdio: 'ignore', ...owner } as const;
  execFileSync(join(binaries, 'initdb'), [...initOptions, '-D', data], options);
  const server = spawn(
    join(binaries, 'postgres'),
    [...serverOptions, '-c', `fsync=${durable ? 'on' : 'off'}`, '-D', data, '-k', folder],
    options,
  );
  const killWithUs = () => server.kill('SIGQUIT');
  process.once('exit', killWithUs);
  const stop = async () => {
    process.off('exit', killWithUs);
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  const urlOf = (database: string) =>
    `postgresql://sluice@localhost/${database}?host=${encodeURIComponent(folder)}`;
  const url = urlOf('postgres');
  try {
    await untilItAnswers(url, server);
  } catch (error) {
    await stop();
    throw error;
  }
  let databases = 0;
  const createDatabase = async () => {
    databases += 1;
    const name = `test_${databases}`;
    await query(url, `create database ${name}`);
    return urlOf(name);
  };
  return { url, createDatabase, stop };
}

const initOptions = ['-U', 'sluice', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
const serverOptions = ['-c', 'listen_addresses=', '-c', 'shared_buffers=16MB'];

/** Postgres refuses to run as root; Debian's package brings a user for it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`Postgres ended with ${server.exitCode}`);
    try {
      return await query(url, 'select 1');
    } catch (error) {
      if (Date.now() > deadline) throw new Error('Postgres did not answer', { cause: error });
    }
    await sleep(50);
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** SIGINT is Postgres's fast shutdown: it breaks connections off and waits for nobody. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  const timer = setTimeout(() => server.kill('SIGQUIT'), 10_000);
  await ended;
  clearTimeout(timer);
}
