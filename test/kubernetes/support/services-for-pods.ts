import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Teardown } from '../../bench/teardown.ts';
import { startPostgres } from '../../support/postgres.ts';
import { startTemporalServer } from '../../support/temporal-server.ts';
import { startCompanion } from './companion.ts';
import type { OwnNode } from './own-node.ts';

/** Temporal and Postgres on this machine, as services that pods reach by the node's address. */
export interface ServicesForPods {
  temporalAddress: string;
  databaseUrl: string;
  stop(): Promise<void>;
}

/**
 * The cluster has no way out of its network namespace, but a unix socket on disk leads in: `socat` takes connections at
 * the node's address and hands them to sockets of the services here.
 */
export async function startServicesForPods(node: OwnNode): Promise<ServicesForPods> {
  // Two runs on one cluster keep apart.
  const port = 20_000 + (process.pid % 5_000) * 2;
  const teardown = new Teardown();
  const tied = (command: string, ...args: string[]) => {
    const companion = startCompanion(command, ...args);
    teardown.defer(companion.end);
  };
  const admit = (at: number, socket: string) => {
    const listen = `TCP-LISTEN:${at},bind=${node.address},reuseaddr,fork`;
    tied('nsenter', `--net=${node.network}`, 'socat', listen, `UNIX-CONNECT:${socket}`);
  };
  try {
    const postgres = await startPostgres();
    teardown.defer(postgres.stop);
    admit(port, join(new URL(postgres.url).searchParams.get('host') ?? '', '.s.PGSQL.5432'));
    const temporal = await startTemporalServer();
    teardown.defer(temporal.stop);
    const socket = join(tmpdir(), `sluice-temporal-${process.pid}.sock`);
    teardown.defer(() => rm(socket, { force: true }));
    tied('socat', `UNIX-LISTEN:${socket},fork`, `TCP:${temporal.address}`);
    admit(port + 1, socket);
    return {
      databaseUrl: `postgres://sluice@${node.address}:${port}/postgres`,
      temporalAddress: `${node.address}:${port + 1}`,
      stop: () => teardown.run(),
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}
