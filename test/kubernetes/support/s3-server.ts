import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/free-port.ts';
import { cacheDirectory, installOnce } from '../../../src/setup/cache.ts';
import { runTool } from '../../../src/setup/run-tool.ts';
import { until } from '../../e2e/support/until.ts';
import { type Companion, startCompanion } from './companion.ts';
import type { OwnNode } from './own-node.ts';

const version = 'v1.8.0';
const program = join(cacheDirectory(), 'kubernetes', `versitygw-${version}`);

/** A server of buckets on this machine: the Versity S3 Gateway over a folder, with one account. */
export interface S3Server {
  /** For this machine. */
  url: string;
  account: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /** Lets the pods of a node in. @returns its address for them. */
  admit(node: OwnNode): string;
  /** Nobody listens any more; what it holds stays. */
  halt(): Promise<void>;
  goOn(): Promise<void>;
  stop(): Promise<void>;
}

/** For a hook that starts one: on two busy cores Go takes a while to build it, once. In ms. */
export const s3ServerStartMs = 15 * 60_000;

/** @param buckets that it has from the start. */
export async function startS3Server(...buckets: string[]): Promise<S3Server> {
  await installOnce(program, build);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  for (const bucket of buckets) await mkdir(join(folder, 'buckets', bucket), { recursive: true });
  const socket = join(folder, 'socket');
  const port = await freePort('127.0.0.1', 17_070);
  const url = `http://127.0.0.1:${port}`;
  const account = { AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: randomUUID() };
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = account;
  const ways: Companion[] = [];
  let server: Companion | undefined;
  const goOn = async () => {
    const listen = ['--port', `127.0.0.1:${port}`, '--port', socket];
    const as = ['--quiet', '--access', key, '--secret', secret];
    server = startCompanion(program, ...as, ...listen, 'posix', join(folder, 'buckets'));
    await until(
      'the S3 server answers',
      () => fetch(url).catch(() => undefined),
      (reply) => reply?.status === 403,
    );
  };
  const halt = async () => {
    await server?.end();
    await rm(socket, { force: true });
  };
  await goOn();
  return {
    url,
    account,
    admit: (node) => {
      const at = `TCP-LISTEN:${port},bind=${node.address},reuseaddr,fork`;
      const way = ['socat', at, `UNIX-CONNECT:${socket}`];
      ways.push(startCompanion('nsenter', `--net=${node.network}`, ...way));
      return `http://${node.address}:${port}`;
    },
    halt,
    goOn,
    stop: async () => {
      for (const way of ways) await way.end();
      await halt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** By Go, which the cluster's own programs need as well: 3 minutes, once. */
async function build(temporary: string): Promise<void> {
  const folder = `${temporary}-bin`;
  const source = `github.com/versity/versitygw/cmd/versitygw@${version}`;
  await runTool('env', [`GOBIN=${folder}`, 'go', 'install', source]);
  await rename(join(folder, 'versitygw'), temporary);
  await rm(folder, { recursive: true });
}
