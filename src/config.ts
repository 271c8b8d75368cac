/**
 * The settings of a Sluice process. The only reader of the environment: everything else gets values handed in.
 * One schema is the check, the defaults and the table in `docs/operating.md`.
 */
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { DocumentSettings } from './core/document/index.ts';
import { ValidationFailed } from './core/errors/index.ts';
import type { TransitionSettings } from './core/settings.ts';
import { defaultTransitionSettings as durations } from './core/settings.ts';

/** What a setting says about itself besides its default; `secret` values are never repeated in an error. */
interface About {
  description: string;
  allowed: string;
  secret?: true;
}

const rows = z.registry<About>();
const about = (allowed: string, description: string): About => ({ allowed, description });
const secret = (description: string): About => ({ allowed: 'text', description, secret: true });

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const list = z.string().transform(splitList);
const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535;

const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/)
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    };
  })
  .refine(({ port }) => isPort(port));
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);
const port = whole(1, 65_535);
const versions = list
  .refine((entries) => entries.every((entry) => /^[\d.]+=[\w.-]+$/.test(entry)))
  .transform((entries) =>
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return { version: entry.slice(0, at), imageTag: entry.slice(at + 1) };
    }),
  )
  .refine((entries) => entries.length > 0);
const text = z.string();
const duration = (defaultMs: number, description: string, min = 1) =>
  whole(min)
    .prefault(String(defaultMs))
    .register(rows, about(`whole number >= ${min}, milliseconds`, description));

const environment = z.object({
  SLUICE_LISTEN: hostAndPort
    .prefault('127.0.0.1:8080')
    .register(
      rows,
      about('host:port', 'Address of the API. Anything but loopback needs SLUICE_TOKEN.'),
    ),
  SLUICE_TOKEN: text
    .optional()
    .register(rows, secret('Bearer token every API call must carry. None: auth off.')),
  SLUICE_DATA_DIR: text
    .prefault('.sluice')
    .register(
      rows,
      about('directory', 'Where embedded parts keep their data; one running Sluice each.'),
    ),
  SLUICE_CACHE_DIR: text
    .optional()
    .register(
      rows,
      about('directory', 'Flink runtimes and tools, shared by checkouts. Default ~/.cache/sluice.'),
    ),
  SLUICE_NAMESPACES: list
    .prefault('default')
    .register(
      rows,
      about('names, comma-separated', 'Namespaces that exist; `default` always does.'),
    ),
  SLUICE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .prefault('info')
    .register(
      rows,
      about('trace, debug, info, warn, error or silent', 'What is logged, on standard error.'),
    ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//)
    .optional()
    .register(rows, {
      ...secret('Store in Postgres; none: an SQLite file.'),
      allowed: 'postgres://…',
    }),

  TEMPORAL_ADDRESS: hostAndPort
    .optional()
    .register(
      rows,
      about('host:port', 'A Temporal service; none: Sluice runs a development server itself.'),
    ),
  TEMPORAL_NAMESPACE: text
    .prefault('default')
    .register(rows, about('name', 'Namespace in Temporal.')),
  TEMPORAL_CLI_PATH: text
    .optional()
    .register(
      rows,
      about('file', 'The `temporal` command for the embedded server; none: it is looked for.'),
    ),
  TEMPORAL_API_KEY: text.optional().register(rows, secret('API key for Temporal; implies TLS.')),
  TEMPORAL_TLS: flag.optional().register(rows, about('true or false', 'Speak TLS to Temporal.')),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: text
    .optional()
    .register(rows, about('file', 'PEM of the authority that signed the certificate of Temporal.')),
  TEMPORAL_TLS_SERVER_NAME: text
    .optional()
    .register(
      rows,
      about(
        'host name',
        'Name the certificate of Temporal must carry, if not that of its address.',
      ),
    ),
  TEMPORAL_TLS_CLIENT_CERT_PATH: text
    .optional()
    .register(rows, about('file', 'PEM of the client certificate (mutual TLS).')),
  TEMPORAL_TLS_CLIENT_KEY_PATH: text
    .optional()
    .register(rows, about('file', 'PEM of the client key (mutual TLS).')),
  SLUICE_TEMPORAL_PORT: port
    .optional()
    .register(
      rows,
      about('1 to 65535', 'Port of the embedded server; none: 7233 or the next free one.'),
    ),
  SLUICE_TEMPORAL_UI_PORT: port
    .optional()
    .register(rows, about('1 to 65535', 'Port of its Web UI; none: 8233 or the next free one.')),

  SLUICE_WORKER_METRICS_LISTEN: hostAndPort
    .optional()
    .register(
      rows,
      about('host:port', 'Where Temporal’s own metrics of the worker are served; none: nowhere.'),
    ),

  SLUICE_BLOB_STORAGE: z
    .string()
    .regex(/^[a-z][a-z0-9+.-]*:\/+[^/]/)
    .optional()
    .register(
      rows,
      about(
        'URI',
        'blobStorage.baseUri: artifacts and state. Default: `storage` in the data directory.',
      ),
    ),
  SLUICE_STATE_DIRS: list
    .refine((uris) => uris.every((uri) => /^[a-z][a-z0-9+.-]*:\/+[^/]/.test(uri)))
    .prefault('')
    .register(
      rows,
      about(
        'URIs, comma-separated',
        'State directories must lie under one of these; none: anywhere.',
      ),
    ),
  SLUICE_ALLOWED_FILE_DIRS: list
    .refine((paths) => paths.every((path) => isAbsolute(path)))
    .prefault('')
    .register(
      rows,
      about(
        'absolute paths, comma-separated',
        'Further directories `file:` artifacts may come from.',
      ),
    ),
  SLUICE_ALLOWED_HOSTS: list
    .prefault('')
    .register(
      rows,
      about('host names, comma-separated', 'Private hosts artifacts may be fetched from.'),
    ),
  SLUICE_MAX_UPLOAD_BYTES: whole(1)
    .prefault(String(50 * 1024 * 1024))
    .register(
      rows,
      about('whole number >= 1', 'artifacts.maxUploadBytes: largest artifact, in bytes.'),
    ),
  SLUICE_ARTIFACT_LIST_LIMIT: whole(1)
    .prefault('1000')
    .register(rows, about('whole number >= 1', 'artifacts.listLimit: most artifacts in one list.')),
  SLUICE_MAX_CLUSTERS: whole(1)
    .optional()
    .register(
      rows,
      about('whole number >= 1', 'Most Flink clusters on this host. Default: by memory and cores.'),
    ),

  SLUICE_REPORTED_VERSION: text
    .prefault('2.6.1')
    .register(rows, about('version', 'reportedVersion: the buildVersion clients see.')),
  SLUICE_UPGRADE_TRIGGER: z
    .enum(['spec', 'template'])
    .prefault('spec')
    .register(rows, about('spec or template', 'upgradeTrigger: which changes start an upgrade.')),
  SLUICE_STRICT_NAMES: flag
    .prefault('false')
    .register(rows, about('true or false', 'strictNames: Deployment names are slugs.')),
  SLUICE_ENUM_LEVEL: z
    .enum(['2.0', '2.6'])
    .prefault('2.6')
    .register(
      rows,
      about('2.0 or 2.6', 'enumLevel: 2.0 hides later enum values from old clients.'),
    ),
  SLUICE_MISSING_TARGET: z
    .enum(['accept', 'reject'])
    .prefault('accept')
    .register(
      rows,
      about('accept or reject', 'missingTarget: a Deployment that names an unknown target.'),
    ),
  SLUICE_SPEC_STATUS_ALIAS: flag
    .prefault('false')
    .register(
      rows,
      about('true or false', 'specStatusAlias: `spec.status` overrides `spec.state`.'),
    ),
  SLUICE_FLINK_VERSIONS: versions
    .prefault('2.3=2.3.0-scala_2.12-java17,1.20=1.20.5-scala_2.12-java17')
    .register(
      rows,
      about('version=tag, comma-separated', 'flinkVersions; the first is the default version.'),
    ),
  SLUICE_FLINK_IMAGE_REGISTRY: text
    .prefault('docker.io')
    .register(rows, about('host', 'flinkImageRegistry filled into Deployments.')),
  SLUICE_FLINK_IMAGE_REPOSITORY: text
    .prefault('flink')
    .register(rows, about('name', 'flinkImageRepository filled into Deployments.')),
  SLUICE_LOGGING_PROFILES: list
    .prefault('default')
    .register(rows, about('names, comma-separated', 'loggingProfiles; `default` always exists.')),

  SLUICE_POLL_MS: duration(durations.pollMs, 'Between two looks at a running job.'),
  SLUICE_STEP_POLL_MS: duration(durations.stepPollMs, 'Between two looks while a step waits.'),
  SLUICE_START_TIMEOUT_MS: duration(durations.startTimeoutMs, 'One attempt to start a job.'),
  SLUICE_SAVEPOINT_TIMEOUT_MS: duration(durations.savepointTimeoutMs, 'One savepoint attempt.'),
  SLUICE_CANCEL_GRACE_MS: duration(
    durations.cancelGraceMs,
    'How long a cancel may take before the cluster is torn down around it.',
  ),
  SLUICE_ATTEMPT_BACKOFF_MS: duration(
    durations.attemptBackoffMs,
    'Between two attempts, doubling.',
    0,
  ),
  SLUICE_ATTEMPT_BACKOFF_MAX_MS: duration(durations.attemptBackoffMaxMs, 'Its maximum.', 0),
  SLUICE_RECOVERY_BACKOFF_MS: duration(
    durations.recoveryBackoffMs,
    'Before a recovery of a job that keeps dying, doubling.',
    0,
  ),
  SLUICE_RECOVERY_BACKOFF_MAX_MS: duration(durations.recoveryBackoffMaxMs, 'Its maximum.', 0),
  SLUICE_RECOVERY_RESET_MS: duration(
    durations.recoveryResetMs,
    'A job that ran this long starts the recovery back-off afresh.',
  ),
  SLUICE_OUTAGE_MS: duration(durations.outageMs, 'How long a dependency may be away.'),
  SLUICE_FORCE_CANCEL_MS: duration(durations.forceCancelMs, 'How long a forced cancel tries.'),
  SLUICE_CONDITION_FAILING_MS: duration(durations.conditions.failingMs, 'JobFailing after this.'),
  SLUICE_CONDITION_UNREACHABLE_MS: duration(
    durations.conditions.unreachableMs,
    'ClusterUnreachable after this.',
  ),
  SLUICE_CONDITION_UNSTABLE_RESTARTS: whole(1)
    .prefault(String(durations.conditions.unstableRestarts))
    .register(
      rows,
      about('whole number >= 1', 'JobUnstable from this many restarts in the window on.'),
    ),
  SLUICE_CONDITION_UNSTABLE_WINDOW_MS: duration(
    durations.conditions.unstableWindowMs,
    'The window of JobUnstable.',
  ),
});

type Settings = z.output<typeof environment>;

/** Environment variables as a process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** All settings of a process, checked, with defaults and absolute paths. */
export type Config = ReturnType<typeof toConfig>;

/** One row of the table of settings. */
export interface SettingRow {
  name: string;
  default: string | undefined;
  allowed: string;
  description: string;
}

function aboutOf(name: string): About | undefined {
  const schema = Object.entries(environment.shape).find(([key]) => key === name)?.[1];
  return schema && rows.get(schema);
}

/** Every setting with its default, for `docs/operating.md`. */
export function settingsTable(): SettingRow[] {
  return Object.entries(environment.shape).map(([name, schema]) => ({
    name,
    default: schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : undefined,
    allowed: aboutOf(name)?.allowed ?? '',
    description: aboutOf(name)?.description ?? '',
  }));
}

/**
 * Reads the settings. A variable that is set but empty counts as not set.
 * @throws {ValidationFailed} names each bad variable, its value (secrets aside) and what is allowed.
 */
export function loadConfig(env: Environment = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (parsed.success) return toConfig(parsed.data, given);
  const names = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
  throw new ValidationFailed([...names].map((name) => problemOf(name, given[name])));
}

function problemOf(name: string, value: string | undefined): { field: string; message: string } {
  const setting = aboutOf(name);
  const shown = setting?.secret ? 'a value (not shown)' : JSON.stringify(value);
  return { field: name, message: `is ${shown}, but must be: ${setting?.allowed}` };
}

/** Variables that begin like ours and mean nothing: most likely misspelt. */
export function unknownVariables(env: Environment = process.env): string[] {
  return Object.keys(env).filter(
    (name) => name.startsWith('SLUICE_') && !(name in environment.shape),
  );
}

function toConfig(settings: Settings, env: Environment) {
  const dataDirectory = resolve(settings.SLUICE_DATA_DIR);
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
      settings.SLUICE_BLOB_STORAGE?.replace(/\/+$/, '') ??
      pathToFileURL(join(dataDirectory, 'storage')).href,
    artifacts: {
      allowedDirectories: settings.SLUICE_ALLOWED_FILE_DIRS,
      allowedHosts: settings.SLUICE_ALLOWED_HOSTS,
      maxUploadBytes: settings.SLUICE_MAX_UPLOAD_BYTES,
      listLimit: settings.SLUICE_ARTIFACT_LIST_LIMIT,
    },
    maxClusters: settings.SLUICE_MAX_CLUSTERS,
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
    savepointTimeoutMs: settings.SLUICE_SAVEPOINT_TIMEOUT_MS,
    cancelGraceMs: settings.SLUICE_CANCEL_GRACE_MS,
    attemptBackoffMs: settings.SLUICE_ATTEMPT_BACKOFF_MS,
    attemptBackoffMaxMs: settings.SLUICE_ATTEMPT_BACKOFF_MAX_MS,
    recoveryBackoffMs: settings.SLUICE_RECOVERY_BACKOFF_MS,
    recoveryBackoffMaxMs: settings.SLUICE_RECOVERY_BACKOFF_MAX_MS,
    recoveryResetMs: settings.SLUICE_RECOVERY_RESET_MS,
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
    if (value !== undefined && !aboutOf(name)?.secret) visible[name] = value;
  }
  return visible;
}
