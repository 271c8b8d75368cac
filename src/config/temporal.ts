import { secret, setting } from './setting.ts';
import { flag, hostAndPort, port, text } from './values.ts';

/** The Temporal service, or the server that Sluice brings itself. */
export const temporalSettings = {
  TEMPORAL_ADDRESS: setting(
    hostAndPort.optional(),
    'host:port',
    'A Temporal service; none: Sluice runs a development server itself.',
  ),
  TEMPORAL_NAMESPACE: setting(text.prefault('default'), 'name', 'Namespace in Temporal.'),
  TEMPORAL_CLI_PATH: setting(
    text.optional(),
    'file',
    'The `temporal` command for the embedded server; none: it is looked for.',
  ),
  TEMPORAL_API_KEY: secret(text.optional(), 'text', 'API key for Temporal; implies TLS.'),
  TEMPORAL_TLS: setting(flag.optional(), 'true or false', 'Speak TLS to Temporal.'),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: setting(
    text.optional(),
    'file',
    'PEM of the authority that signed the certificate of Temporal.',
  ),
  TEMPORAL_TLS_SERVER_NAME: setting(
    text.optional(),
    'host name',
    'Name the certificate of Temporal must carry, if not that of its address.',
  ),
  TEMPORAL_TLS_CLIENT_CERT_PATH: setting(
    text.optional(),
    'file',
    'PEM of the client certificate (mutual TLS).',
  ),
  TEMPORAL_TLS_CLIENT_KEY_PATH: setting(
    text.optional(),
    'file',
    'PEM of the client key (mutual TLS).',
  ),
  SLUICE_TEMPORAL_PORT: setting(
    port.optional(),
    '1 to 65535',
    'Port of the embedded server; none: 7233 or the next free one.',
  ),
  SLUICE_TEMPORAL_UI_PORT: setting(
    port.optional(),
    '1 to 65535',
    'Port of its Web UI; none: 8233 or the next free one.',
  ),
  SLUICE_WORKER_METRICS_LISTEN: setting(
    hostAndPort.optional(),
    'host:port',
    'Where Temporal’s own metrics of the worker are served; none: nowhere.',
  ),
};
