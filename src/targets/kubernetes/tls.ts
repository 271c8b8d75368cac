import type { V1EnvVar, V1Volume, V1VolumeMount } from '@kubernetes/client-node';

/**
 * Names of the Secrets that Flink's processes have their certificates from, in the layout of cert-manager: `keystore.p12`,
 * `truststore.p12` and `tls.crt` in one, `password` in the other, which may be the same.
 */
export interface TlsSecrets {
  stores: string;
  password: string;
}

const storesAnnotation = 'sluice.dev/tls-secret';
const passwordAnnotation = 'sluice.dev/tls-password-secret';

/** On the root: how a cluster is spoken to is settled when it is made, whatever a worker's settings say later. */
export const tlsAnnotations = (tls: TlsSecrets | undefined): Record<string, string> =>
  tls ? { [storesAnnotation]: tls.stores, [passwordAnnotation]: tls.password } : {};

/** `undefined`: the cluster speaks in the clear. */
export function tlsOf(annotations: Readonly<Record<string, string>> = {}): TlsSecrets | undefined {
  const { [storesAnnotation]: stores, [passwordAnnotation]: password } = annotations;
  return stores !== undefined && password !== undefined ? { stores, password } : undefined;
}

const stores = { keystore: 'keystore.p12', truststore: 'truststore.p12' };

const passwordVariable = 'SLUICE_TLS_PASSWORD';

/** Suites for keys of either kind: Flink's default has none for EC. */
const suites = ['RSA', 'ECDSA'].flatMap((kind) => [
  `TLS_ECDHE_${kind}_WITH_AES_128_GCM_SHA256`,
  `TLS_ECDHE_${kind}_WITH_AES_256_GCM_SHA384`,
]);

/**
 * Mutual TLS for REST and between Flink's processes, which show each other the same certificate.
 * @param directory of both stores.
 */
export const tlsConfiguration = (directory: string): Record<string, string> => ({
  'security.ssl.rest.enabled': 'true',
  'security.ssl.rest.authentication-enabled': 'true',
  'security.ssl.internal.enabled': 'true',
  'security.ssl.protocol': 'TLSv1.2',
  'security.ssl.algorithms': suites.join(','),
  ...Object.fromEntries(
    ['rest', 'internal'].flatMap((part) =>
      Object.entries(stores).flatMap(([kind, file]) => [
        [`security.ssl.${part}.${kind}`, `${directory}/${file}`],
        [`security.ssl.${part}.${kind}-type`, 'PKCS12'],
      ]),
    ),
  ),
});

/** A user's own are left out: any of them could open a door that is to be shut. */
export const withoutTls = (user: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(user).filter(([key]) => !key.startsWith('security.ssl.')));

/**
 * The passwords of {@link tlsConfiguration}, which must not stand in a ConfigMap. `-D` is an argument of its own: Flink's
 * `jobmanager.sh` takes a first argument that is anything else for the host, and the second for the port of REST.
 * @param password as it arrives at Flink.
 */
export const tlsArguments = (password: string): string[] =>
  ['keystore', 'key', 'truststore'].flatMap((what) => [
    '-D',
    `security.ssl.${what}-password=${password}`,
  ]);

/** Where the stores are in the containers. */
export const tlsDirectory = '/opt/flink/tls';

/**
 * What the main container gets, nothing without TLS. The kubelet would wait without a word for a Secret to mount, so the
 * mount is optional and variables ask for the same: a Secret that is missing is told by name.
 */
export function tlsParts(tls: TlsSecrets | undefined): {
  args: string[];
  env: V1EnvVar[];
  volumeMounts: V1VolumeMount[];
  volumes: V1Volume[];
} {
  if (!tls) return { args: [], env: [], volumeMounts: [], volumes: [] };
  const fromSecret = (name: string, secret: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  const items = Object.values(stores).map((file) => ({ key: file, path: file }));
  const secret = { secretName: tls.stores, items, defaultMode: 0o440, optional: true };
  return {
    // Kubernetes puts the value in.
    args: tlsArguments(`$(${passwordVariable})`),
    env: [
      fromSecret(passwordVariable, tls.password, 'password'),
      fromSecret('SLUICE_TLS_CERTIFICATE', tls.stores, 'tls.crt'),
    ],
    volumeMounts: [{ name: 'flink-tls', mountPath: tlsDirectory, readOnly: true }],
    volumes: [{ name: 'flink-tls', secret }],
  };
}
