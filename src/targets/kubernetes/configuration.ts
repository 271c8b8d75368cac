import type { ClusterSpec, Resources } from '../../core/cluster.ts';
import { memoryBytes } from '../../core/document/index.ts';
import { moduleOptions } from '../../core/module-options.ts';
import { configYaml } from '../config-yaml.ts';
import { withoutHighAvailability } from '../high-availability.ts';
import { namesOf } from './names.ts';
import { type TlsSecrets, tlsConfiguration, tlsDirectory, withoutTls } from './tls.ts';

type Configuration = Record<string, string>;

export const ports = { rest: 8081, rpc: 6123, blob: 6124, taskManagerRpc: 6122 };

/** Where each container may write: its root file system is read-only. */
export const temporaryDirectory = '/flink-tmp';

/**
 * `config.yaml` of all processes of a cluster. Ours is what keeps clusters apart; the user wins in everything else. What
 * the JVMs get of the containers' memory is computed by the image, as in Flink's own scripts.
 */
export function configurationYaml(spec: ClusterSpec, tls?: TlsSecrets): string {
  const { flinkConfiguration: given } = spec;
  const user = tls ? withoutTls(given) : given;
  return configYaml({
    ...defaults(spec),
    ...user,
    ...withoutHighAvailability(user),
    ...whatKeepsClustersApart(spec),
    ...(tls ? tlsConfiguration(tlsDirectory) : {}),
  });
}

/** What suits clusters that come up within seconds and are polled closely (flink.md 3, 6, 8); the user may differ. */
const defaults = ({ resources }: ClusterSpec): Configuration => ({
  'jobmanager.memory.process.size': `${memoryOf(resources.jobmanager)}b`,
  'taskmanager.memory.process.size': `${memoryOf(resources.taskmanager)}b`,
  'taskmanager.cpu.cores': String(resources.taskmanager.cpu),
  'cluster.registration.initial-timeout': '50 ms',
  'cluster.registration.error-delay': '200 ms',
  'web.refresh-interval': '50',
  'metrics.fetcher.update-interval': '200',
});

/** Bytes; validation has refused what is no amount. Flink reads no fractions (`1.5g`), and Kubernetes other units. */
export const memoryOf = ({ memory }: Resources): number => Math.floor(memoryBytes(memory) ?? 0);

function whatKeepsClustersApart(spec: ClusterSpec): Configuration {
  const { service } = namesOf(spec);
  return {
    'sluice.cluster-id': spec.clusterId,
    'jobmanager.rpc.address': service,
    'jobmanager.bind-host': '0.0.0.0',
    'jobmanager.rpc.port': String(ports.rpc),
    'blob.server.port': String(ports.blob),
    'rest.address': service,
    'rest.bind-address': '0.0.0.0',
    'rest.port': String(ports.rest),
    'rest.bind-port': String(ports.rest),
    'taskmanager.bind-host': '0.0.0.0',
    'taskmanager.rpc.port': String(ports.taskManagerRpc),
    'io.tmp.dirs': temporaryDirectory,
    'blob.storage.directory': `${temporaryDirectory}/blob`,
    'web.tmpdir': `${temporaryDirectory}/web`,
    'web.upload.dir': `${temporaryDirectory}/web`,
    'process.working-dir': `${temporaryDirectory}/process`,
    'env.java.opts.all': javaOptions.join(' '),
  };
}

/**
 * The image's own `config.yaml`, which ours stands in for, brings the options for modules: an image on JDK 17 runs no job
 * without. Left out are those for `jdk.compiler`, which a JRE has not.
 */
const javaOptions = [
  ...moduleOptions,
  '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
  '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
  // A name looked up before DNS knows it would be taken for missing for 10 s: cluster and Service come up together.
  '-Dsun.net.inetaddr.negative.ttl=0',
];
