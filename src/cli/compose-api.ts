import {
  type ApiSettings,
  createApi,
  defaultApiSettings,
  listenProblem,
  type RunningApi,
  serve,
} from '../../api/server.ts';
import { createFileArtifactStore } from '../artifacts/index.ts';
import type { Config } from '../config.ts';
import { ValidationFailed } from '../core/errors/index.ts';
import { staleAfterMs } from '../core/told-conditions.ts';
import { createMetrics } from '../metrics.ts';
import { createDeploymentCommands } from '../temporal/commands.ts';
import { type Shared, storageDirectory, uriRules } from './compose.ts';
import { createHealth } from './health.ts';

/** @throws {ValidationFailed} the API must not listen there (design.md 4). Asked before anything is opened. */
export function checkListen(config: Config): void {
  const message = listenProblem(config.listen.host, config.token);
  if (message)
    throw new ValidationFailed([{ field: 'SLUICE_LISTEN', message: `is refused. ${message}` }]);
}

/**
 * Serves the API until the scope ends.
 * @param workerIsRunning where the worker lives in this process.
 * @param temporalUiUrl where the Web UI of Temporal is known.
 * @throws {ValidationFailed} the address cannot be listened on.
 */
export async function openApi(
  shared: Shared,
  workerIsRunning?: () => boolean,
  temporalUiUrl?: string,
): Promise<RunningApi> {
  const { config, log, scope, store, temporal, lost } = shared;
  const app = createApi({
    store,
    commands: createDeploymentCommands({
      client: temporal.client,
      store,
      lost,
      settings: config.transitions,
      storageUri: config.storageUri,
      clock: Date.now,
    }),
    artifacts: createFileArtifactStore({
      directory: storageDirectory(config),
      maxUploadBytes: config.artifacts.maxUploadBytes,
    }),
    settings: apiSettings(config),
    health: createHealth({
      client: temporal.client,
      store,
      ...(workerIsRunning ? { workerIsRunning } : {}),
    }),
    metricsRegistry: createMetrics(store),
    ...(temporalUiUrl === undefined
      ? {}
      : { temporalUi: { url: temporalUiUrl, namespace: config.temporal.namespace } }),
    auth: config.token === undefined ? {} : { token: config.token },
    clock: Date.now,
    log,
  });
  const api = await serve(app, config.listen).catch((error: unknown) => {
    throw cannotListen(config, error);
  });
  scope.defer('api', () => api.close());
  return api;
}

function apiSettings(config: Config): ApiSettings {
  const { documents, api, artifacts, transitions } = config;
  return {
    ...defaultApiSettings,
    ...api,
    namespaces: config.namespaces,
    documentSettings: () => ({ ...documents, artifactUris: uriRules(config), defaults: {} }),
    maxUploadBytes: artifacts.maxUploadBytes,
    artifactListLimit: artifacts.listLimit,
    observationStaleMs: staleAfterMs(transitions.pollMs),
    storageUri: config.storageUri,
  };
}

function cannotListen(config: Config, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = { EADDRINUSE: 'is in use', EADDRNOTAVAIL: 'is no address of this host' }[code];
  const { host, port } = config.listen;
  if (why === undefined) return error;
  return new ValidationFailed([{ field: 'SLUICE_LISTEN', message: `${host}:${port} ${why}` }]);
}
