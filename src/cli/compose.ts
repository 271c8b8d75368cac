import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import type { UriRules } from '../core/artifact-uri.ts';
import type { Log } from '../log.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import {
  openConnection,
  type TemporalConnection,
  type TemporalSettings,
} from '../temporal/connection.ts';
import { createLostDeployments, type LostDeployments } from '../temporal/lost-deployments.ts';
import type { Scope } from './scope.ts';

/**
 * The composition root, with its neighbours `compose-api.ts`, `compose-worker.ts` and `embedded-temporal.ts`: the only
 * place that knows how parts are made. Each function opens parts into a scope, which closes them.
 */
export interface Basis {
  config: Config;
  log: Log;
  scope: Scope;
}

/** What API and worker share within a process. */
export interface Shared extends Basis {
  store: Store;
  temporal: TemporalConnection;
  temporalSettings: TemporalSettings;
  lost: LostDeployments;
}

/** Opens the store and the connection to Temporal, which need not be there yet. */
export async function openShared(basis: Basis, address: string): Promise<Shared> {
  const { config, log, scope } = basis;
  const store = await openStore(
    config.databaseUrl === undefined
      ? { file: join(config.dataDirectory, 'store.db') }
      : { url: config.databaseUrl },
  );
  scope.defer('store', () => store.close());
  const temporalSettings = { ...config.temporal, address };
  const temporal = openConnection(temporalSettings);
  scope.defer('temporal connection', () => temporal.connection.close());
  const lost = createLostDeployments({ client: temporal.client, store, log });
  return { ...basis, store, temporal, temporalSettings, lost };
}

/** Local directory of artifacts, and of state where `blobStorage.baseUri` is a `file:` URI. */
export const storageDirectory = (config: Config): string =>
  config.storageUri.startsWith('file:')
    ? fileURLToPath(config.storageUri)
    : join(config.dataDirectory, 'storage');

/** Where artifacts may come from: our own storage, and what the administrator added. */
export const uriRules = (config: Config): UriRules => ({
  allowedDirectories: [storageDirectory(config), ...config.artifacts.allowedDirectories],
  allowHttp: true,
  allowedPrivateHosts: config.artifacts.allowedHosts,
});
