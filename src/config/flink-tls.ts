import { resolve } from 'node:path';
import type { z } from 'zod';
import type { FieldProblem } from '../core/errors/index.ts';
import { setting } from './setting.ts';
import { text } from './values.ts';

const secretName = text
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** Mutual TLS between workers and Flink, inside Kubernetes. */
export const flinkTlsSettings = {
  SLUICE_FLINK_TLS_CA: setting(
    text.optional(),
    'file',
    'PEM of the authority whose certificates Flink shows; read anew for each connection, as the next two.',
  ),
  SLUICE_FLINK_TLS_CERT: setting(
    text.optional(),
    'file',
    'PEM of the certificate that the worker shows Flink.',
  ),
  SLUICE_FLINK_TLS_KEY: setting(text.optional(), 'file', 'PEM of its key, without a passphrase.'),
  SLUICE_FLINK_TLS_SECRET: setting(
    secretName.optional(),
    'name of a Secret',
    'In each namespace of Flink, with `keystore.p12`, `truststore.p12`, `tls.crt`: new clusters speak mutual TLS only.',
  ),
  SLUICE_FLINK_TLS_PASSWORD_SECRET: setting(
    secretName.optional(),
    'name of a Secret',
    'The one there whose key `password` opens those stores. Default: the same Secret.',
  ),
};

type FlinkTlsSettings = z.output<z.ZodObject<typeof flinkTlsSettings>>;

const files = ['SLUICE_FLINK_TLS_CA', 'SLUICE_FLINK_TLS_CERT', 'SLUICE_FLINK_TLS_KEY'] as const;

/** What each of them cannot do without. The files alone are enough to go on speaking to clusters made with the Secret. */
const needs: readonly [keyof FlinkTlsSettings, readonly (keyof FlinkTlsSettings)[]][] = [
  ...files.map((file): (typeof needs)[number] => [file, files]),
  ['SLUICE_FLINK_TLS_SECRET', files],
  ['SLUICE_FLINK_TLS_PASSWORD_SECRET', ['SLUICE_FLINK_TLS_SECRET']],
];

/** Half a set would leave workers without a way to clusters. */
export const flinkTlsProblems = (settings: FlinkTlsSettings): FieldProblem[] =>
  needs.flatMap(([field, others]) => {
    const missing = others.filter((other) => settings[other] === undefined);
    return settings[field] === undefined || missing.length === 0
      ? []
      : [{ field, message: `is set, and needs besides: ${missing.join(', ')}` }];
  });

/** The worker's own files, and the Secrets that pods of new clusters mount; each `undefined` where it is not set. */
export function flinkTlsConfig(settings: FlinkTlsSettings) {
  const [ca, certificate, key] = files.map((file) => settings[file]);
  const { SLUICE_FLINK_TLS_SECRET: stores, SLUICE_FLINK_TLS_PASSWORD_SECRET: password } = settings;
  return {
    files:
      ca !== undefined && certificate !== undefined && key !== undefined
        ? { ca: resolve(ca), certificate: resolve(certificate), key: resolve(key) }
        : undefined,
    secrets: stores === undefined ? undefined : { stores, password: password ?? stores },
  };
}
