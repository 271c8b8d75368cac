import { readFileSync } from 'node:fs';
import type { DataConverter } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import type { TLSConfig } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { ValidationFailed } from '../core/errors/index.ts';

/** How to reach Temporal. */
export interface TemporalSettings {
  /** `host:port`. */
  address: string;
  namespace: string;
  /** Sent as a bearer token; implies TLS. */
  apiKey?: string | undefined;
  /** Unset: TLS if any of the following, or an API key, is given. */
  tls?: boolean | undefined;
  tlsServerCaPath?: string | undefined;
  tlsServerName?: string | undefined;
  tlsClientCertPath?: string | undefined;
  tlsClientKeyPath?: string | undefined;
}

/** What `Connection` and the worker's `NativeConnection` both take. */
export interface ConnectionSettings {
  address: string;
  tls: TLSConfig | boolean;
  apiKey?: string;
}

/** @throws {ValidationFailed} a certificate or key that cannot be read, or one without the other. */
export function connectionSettings(settings: TemporalSettings): ConnectionSettings {
  const { address, apiKey } = settings;
  return { address, tls: tlsOf(settings), ...(apiKey === undefined ? {} : { apiKey }) };
}

function tlsOf(settings: TemporalSettings): TLSConfig | boolean {
  const config: TLSConfig = {
    ...(settings.tlsServerName === undefined ? {} : { serverNameOverride: settings.tlsServerName }),
    ...(settings.tlsServerCaPath === undefined
      ? {}
      : {
          serverRootCACertificate: pem(
            'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
            settings.tlsServerCaPath,
          ),
        }),
    ...clientPair(settings),
  };
  const wanted = Object.keys(config).length > 0 || settings.apiKey !== undefined;
  return (settings.tls ?? wanted) && config;
}

function clientPair(settings: TemporalSettings): Pick<TLSConfig, 'clientCertPair'> {
  const { tlsClientCertPath: cert, tlsClientKeyPath: key } = settings;
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    const field =
      cert === undefined ? 'TEMPORAL_TLS_CLIENT_CERT_PATH' : 'TEMPORAL_TLS_CLIENT_KEY_PATH';
    throw new ValidationFailed([{ field, message: 'is missing: mutual TLS needs both' }]);
  }
  return {
    clientCertPair: {
      crt: pem('TEMPORAL_TLS_CLIENT_CERT_PATH', cert),
      key: pem('TEMPORAL_TLS_CLIENT_KEY_PATH', key),
    },
  };
}

function pem(field: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ValidationFailed([{ field, message: `cannot be read: ${why}` }]);
  }
}

/** A process has one of these (temporal.md 10). */
export interface TemporalConnection {
  connection: Connection;
  client: Client;
}

/**
 * A connection that is made with its first call: a process boots without Temporal, and finds it again after an outage.
 */
export function openConnection(
  settings: TemporalSettings,
  dataConverter?: DataConverter,
): TemporalConnection {
  const connection = Connection.lazy(connectionSettings(settings));
  const client = new Client({
    connection,
    namespace: settings.namespace,
    ...(dataConverter === undefined ? {} : { dataConverter }),
  });
  return { connection, client };
}
