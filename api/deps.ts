import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ArtifactStore } from '../src/artifacts/artifacts.ts';
import type { DocumentSettings } from '../src/core/document/index.ts';
import type { Store } from '../src/store/store.ts';
import type { DeploymentCommands } from '../src/temporal/deployment-commands.ts';
import type { TemporalUi } from '../src/temporal/web-ui.ts';

/** Everything the API needs from outside; built once, in the composition root. */
export interface ApiDeps {
  store: Store;
  commands: DeploymentCommands;
  artifacts: ArtifactStore;
  settings: ApiSettings;
  health: Health;
  /** Served at `/metrics`; the API adds its own `sluice_http_*` metrics to it. */
  metricsRegistry: Registry;
  /** With a token every call needs `Authorization: Bearer <token>`; without one auth is off (api.md 1.10). */
  auth: { token?: string };
  /** Temporal's Web UI, where its address is known: explanations link to it. */
  temporalUi?: TemporalUi;
  /** Epoch ms. */
  clock: () => number;
  log: Logger;
}

/** Compatibility settings of api.md 5, as far as they shape requests and replies. */
export interface ApiSettings {
  /** Namespaces that exist; `default` always does. */
  namespaces: readonly string[];
  /** Settings of a namespace's documents; `defaults` holds its DeploymentDefaults merged over the global ones. */
  documentSettings: (namespace: string) => DocumentSettings;
  /** Name of the target that a Deployment gets which names none, and whose defaults name none either (`local`). */
  defaultTarget: string;
  missingTarget: 'accept' | 'reject';
  /** `2.0` hides enum values that old clients refuse; a matter of the view only. */
  enumLevel: '2.0' | '2.6';
  /** `buildVersion` of system-info: clients exist that insist on one. */
  reportedVersion: string;
  /** Largest artifact, in bytes; more is 413. */
  maxUploadBytes: number;
  /** Most artifacts in one list. */
  artifactListLimit: number;
  /** An observation of a running job older than this (ms) says nothing any more: its conditions turn Unknown. */
  observationStaleMs: number;
  /** Base URI of state directories: a savepoint in another namespace's part of it cannot be registered (N10). */
  storageUri?: string;
}

export interface Health {
  /** False once this process should be restarted. */
  live(): boolean;
  /** Whether requests can be served, with one line per part (`temporal`, `store`, `worker`): `ok` or what is wrong. */
  ready(): Promise<{ ready: boolean; checks: Record<string, string> }>;
}

/** The settings of a fresh server, for everything that has a fixed default in api.md 5. */
export const defaultApiSettings = {
  namespaces: ['default'],
  defaultTarget: 'local',
  missingTarget: 'accept',
  enumLevel: '2.6',
  reportedVersion: '2.6.1',
  maxUploadBytes: 50 * 1024 * 1024,
  artifactListLimit: 1000,
  observationStaleMs: 120_000,
} as const satisfies Partial<ApiSettings>;
