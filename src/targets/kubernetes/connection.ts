import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Agent } from 'undici';
import { Refused } from '../../core/errors/index.ts';
import { openAgent } from './agent.ts';
import { LoginPrograms } from './login-programs.ts';
import { followTokenFiles } from './token-files.ts';

/** One Kubernetes API server and who we are there. */
export interface Connection {
  /** Base URL of the API server. */
  server: URL;
  agent: Agent;
  /** The namespace that an empty one in a DeploymentTarget means: the context's, or our own pod's. */
  ownNamespace: string;
  /** Sluice runs in this cluster, and can reach its Services. */
  isInside: boolean;
  /**
   * Made anew for each call: a bound token expires and is read again (reliability.md 3.2).
   * @param isRefused the last ones were, as nobody's. @throws {Unreachable} a login program gives nothing.
   */
  headers(isRefused?: boolean): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Path of a kubeconfig file; absent: the service account of our own pod. */
  kubeconfig?: string | undefined;
  /** One of the file's; absent: its current one. In a pod and without one: the service account. */
  context?: string | undefined;
  /** One call, connecting included, in ms. */
  callTimeoutMs: number;
  /** Larger answers are given up, in bytes. */
  maxReplyBytes: number;
}

/** @throws {Refused} SETUP_INCOMPLETE: there is no usable configuration. */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const logins = new LoginPrograms(options.callTimeoutMs);
  const { config, isInside } = await usable(options, () => readConfig(options, logins));
  const cluster = config.getCurrentCluster();
  if (!cluster) throw unusable(options, `no cluster for its context "${config.currentContext}"`);
  const server = await usable(options, () => new URL(cluster.server));
  const security = () => securityOf(config);
  const { cert } = await usable(options, security);
  const agent = openAgent(security, cert !== undefined, options);
  return {
    server,
    agent,
    ownNamespace: namespaceOf(config),
    isInside,
    headers: async (isRefused = false) => {
      if (isRefused) logins.forget();
      return textHeaders(await security());
    },
    close: () => agent.destroy(),
  };
}

/** As kubectl chooses: the context that is named, else the file's current one, else the account of the pod we run in. */
function readConfig({ kubeconfig, context }: ConnectionOptions, logins: LoginPrograms) {
  const config = new KubeConfig();
  if (kubeconfig !== undefined) {
    config.loadFromFile(kubeconfig);
    followTokenFiles(config, kubeconfig);
    logins.serve(config);
  }
  const name = context ?? config.currentContext;
  const isInside = !name && (kubeconfig === undefined || isInPod());
  if (isInside) config.loadFromCluster();
  else if (config.getContextObject(name)) config.setCurrentContext(name);
  else throw new Error(noContext(name, config));
  return { config, isInside };
}

const isInPod = (): boolean => Boolean(process.env.KUBERNETES_SERVICE_HOST);

function noContext(name: string, { contexts }: KubeConfig): string {
  if (!name) return 'it has no current context';
  const known = contexts.map((one) => one.name).join(', ');
  return `it has no context "${name}"${known && `, only ${known}`}`;
}

/** Files that are missing or make no sense are the operator's to mend. */
async function usable<T>(options: ConnectionOptions, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw unusable(options, cause instanceof Error ? cause.message : String(cause));
  }
}

/** What the library makes of certificates, tokens and login programs. */
async function securityOf(config: KubeConfig): Promise<RequestOptions> {
  const filled: RequestOptions = {};
  await config.applyToHTTPSOptions(filled);
  return filled;
}

/** A token file may end with an end of line, which no header may. */
const textHeaders = ({ headers }: RequestOptions): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, String(value).trim()]),
  );

const namespaceOf = (config: KubeConfig): string =>
  config.getContextObject(config.currentContext)?.namespace || 'default';

const unusable = ({ kubeconfig }: ConnectionOptions, why: string): Refused =>
  new Refused(
    'SETUP_INCOMPLETE',
    `the kubeconfig ${kubeconfig ?? 'of this pod'} cannot be used: ${why}`,
  );
