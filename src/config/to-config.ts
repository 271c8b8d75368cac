import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DocumentSettings } from '../core/document/index.ts';
import { uriOf } from '../core/file-uri.ts';
import type { TransitionSettings } from '../core/settings.ts';
import { type Environment, isSecret, type Settings } from './environment.ts';
import { flinkTlsConfig } from './flink-tls.ts';

/** Settings as the rest of Sluice gets them: grouped, with absolute paths. */
export function toConfig(settings: Settings, env: Environment) {
  const dataDirectory = resolve(settings.SLUICE_DATA_DIR);
  const kubernetes = kubernetesConfig(settings, env);
  const userCache = env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return {
    listen: settings.SLUICE_LISTEN,
    token: settings.SLUICE_TOKEN,
    dataDirectory,
    cacheDirectory: resolve(settings.SLUICE_CACHE_DIR ?? join(userCache, 'sluice')),
    namespaces: [...new Set(['default', ...settings.SLUICE_NAMESPACES])],
    logLevel: settings.SLUICE_LOG_LEVEL,
    databaseUrl: settings.DATABASE_URL,
    temporal: temporalConfig(settings, env),
    storageUri:
      settings.SLUICE_BLOB_STORAGE?.replace(/\/+$/, '') ?? uriOf(join(dataDirectory, 'storage')),
    s3: {
      region: settings.AWS_REGION,
      pathStyle: settings.SLUICE_S3_PATH_STYLE,
      hasRole: roleVariables.some((name) => env[name] !== undefined),
      ...(settings.SLUICE_S3_ENDPOINT === undefined
        ? {}
        : { endpoint: settings.SLUICE_S3_ENDPOINT }),
    },
    artifacts: {
      allowedDirectories: settings.SLUICE_ALLOWED_FILE_DIRS,
      allowedHosts: settings.SLUICE_ALLOWED_HOSTS,
      maxUploadBytes: settings.SLUICE_MAX_UPLOAD_BYTES,
      listLimit: settings.SLUICE_ARTIFACT_LIST_LIMIT,
    },
    maxClusters: settings.SLUICE_MAX_CLUSTERS,
    targets: settings.SLUICE_TARGETS ?? defaultTargets(kubernetes !== undefined),
    kubernetes,
    flinkTls: flinkTlsConfig(settings),
    api: {
      reportedVersion: settings.SLUICE_REPORTED_VERSION,
      enumLevel: settings.SLUICE_ENUM_LEVEL,
      missingTarget: settings.SLUICE_MISSING_TARGET,
    },
    documents: documentConfig(settings),
    transitions: transitionConfig(settings),
    childEnvironment: childEnvironment(env),
  };
}

/** They name who gives credentials to a pod (EKS, in two ways) or to a task (ECS). The SDK reads them itself. */
const roleVariables = [
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
];

const defaultTargets = (hasKubernetes: boolean): ('local' | 'kubernetes')[] =>
  hasKubernetes ? ['local', 'kubernetes'] : ['local'];

/** `undefined`: no Kubernetes is known here. */
function kubernetesConfig({ KUBECONFIG }: Settings, env: Environment) {
  if (KUBECONFIG !== undefined) return { kubeconfig: resolve(KUBECONFIG) };
  return env.KUBERNETES_SERVICE_HOST ? {} : undefined;
}

const written = (at: { host: string; port: number } | undefined): string | undefined =>
  at && `${at.host.includes(':') ? `[${at.host}]` : at.host}:${at.port}`;

function temporalConfig(settings: Settings, env: Environment) {
  return {
    address: written(settings.TEMPORAL_ADDRESS),
    namespace: settings.TEMPORAL_NAMESPACE,
    apiKey: settings.TEMPORAL_API_KEY,
    tls: settings.TEMPORAL_TLS,
    tlsServerCaPath: settings.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    tlsServerName: settings.TEMPORAL_TLS_SERVER_NAME,
    tlsClientCertPath: settings.TEMPORAL_TLS_CLIENT_CERT_PATH,
    tlsClientKeyPath: settings.TEMPORAL_TLS_CLIENT_KEY_PATH,
    cliPath: settings.TEMPORAL_CLI_PATH,
    searchPath: env.PATH ?? '',
    temporaryDirectory: tmpdir(),
    port: settings.SLUICE_TEMPORAL_PORT,
    uiPort: settings.SLUICE_TEMPORAL_UI_PORT,
    workerMetricsAddress: written(settings.SLUICE_WORKER_METRICS_LISTEN),
  };
}

/** `defaults` of the namespace are added where a request is served. */
function documentConfig(settings: Settings): Omit<DocumentSettings, 'defaults'> {
  return {
    upgradeTrigger: settings.SLUICE_UPGRADE_TRIGGER,
    strictNames: settings.SLUICE_STRICT_NAMES,
    specStatusAlias: settings.SLUICE_SPEC_STATUS_ALIAS,
    flinkVersions: settings.SLUICE_FLINK_VERSIONS,
    flinkImageRegistry: settings.SLUICE_FLINK_IMAGE_REGISTRY,
    flinkImageRepository: settings.SLUICE_FLINK_IMAGE_REPOSITORY,
    loggingProfiles: [...new Set(['default', ...settings.SLUICE_LOGGING_PROFILES])],
    hasStorage: true,
    ...(settings.SLUICE_STATE_DIRS.length > 0
      ? { stateDirectoryPrefixes: settings.SLUICE_STATE_DIRS }
      : {}),
  };
}

function transitionConfig(settings: Settings): TransitionSettings {
  return {
    pollMs: settings.SLUICE_POLL_MS,
    stepPollMs: settings.SLUICE_STEP_POLL_MS,
    startTimeoutMs: settings.SLUICE_START_TIMEOUT_MS,
    standbyRoomMs: settings.SLUICE_STANDBY_ROOM_MS,
    savepointTimeoutMs: settings.SLUICE_SAVEPOINT_TIMEOUT_MS,
    cancelGraceMs: settings.SLUICE_CANCEL_GRACE_MS,
    attemptBackoffMs: settings.SLUICE_ATTEMPT_BACKOFF_MS,
    attemptBackoffMaxMs: settings.SLUICE_ATTEMPT_BACKOFF_MAX_MS,
    recoveryBackoffMs: settings.SLUICE_RECOVERY_BACKOFF_MS,
    recoveryBackoffMaxMs: settings.SLUICE_RECOVERY_BACKOFF_MAX_MS,
    recoveryResetMs: settings.SLUICE_RECOVERY_RESET_MS,
    repairIntervalMs: settings.SLUICE_REPAIR_INTERVAL_MS,
    outageMs: settings.SLUICE_OUTAGE_MS,
    forceCancelMs: settings.SLUICE_FORCE_CANCEL_MS,
    conditions: {
      failingMs: settings.SLUICE_CONDITION_FAILING_MS,
      unreachableMs: settings.SLUICE_CONDITION_UNREACHABLE_MS,
      unstableRestarts: settings.SLUICE_CONDITION_UNSTABLE_RESTARTS,
      unstableWindowMs: settings.SLUICE_CONDITION_UNSTABLE_WINDOW_MS,
    },
  };
}

/** What child processes may see: everything but our secrets (S19). */
function childEnvironment(env: Environment): Record<string, string> {
  const visible: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !isSecret(name)) visible[name] = value;
  }
  return visible;
}
