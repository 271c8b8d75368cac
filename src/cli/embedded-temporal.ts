import { join } from 'node:path';
import { type DevServer, startDevServer } from '../temporal/dev-server.ts';
import { findTemporalCli } from '../temporal/find-cli.ts';
import type { Basis } from './compose.ts';

/** Starts, or takes over, the Temporal server of this data directory; it ends with the scope, its data stays. */
export async function openEmbeddedTemporal(
  { config, log, scope }: Basis,
  report: (line: string) => void,
): Promise<DevServer> {
  const cli = await findTemporalCli({
    ...config.temporal,
    cacheDirectory: config.cacheDirectory,
    environment: config.childEnvironment,
    report,
  });
  const server = await startDevServer({
    cli: cli.path,
    directory: join(config.dataDirectory, 'temporal'),
    namespace: config.temporal.namespace,
    port: config.temporal.port,
    uiPort: config.temporal.uiPort,
    environment: config.childEnvironment,
    log,
  });
  scope.defer('embedded temporal server', () => server.stop());
  return server;
}
