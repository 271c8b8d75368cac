import { ValidationFailed } from '../core/errors/index.ts';
import { type Basis, openShared } from './compose.ts';
import { checkListen, openApi } from './compose-api.ts';
import { lockInstance } from './instance-lock.ts';

/** Prints a line for people, on standard output. */
export type Print = (line: string) => void;

/** Everything in one process, with what is not configured embedded (design.md 4). */
export async function start(basis: Basis, print: Print): Promise<void> {
  const { config, scope } = basis;
  checkListen(config);
  const lock = lockInstance(config.dataDirectory);
  scope.defer('instance lock', () => lock.release());
  const given = config.temporal.address;
  const embedded = given === undefined ? await embeddedTemporal(basis, print) : undefined;
  const shared = await openShared(basis, embedded?.address ?? given ?? '');
  const { openWorker } = await import('./compose-worker.ts');
  const workers = await openWorker(shared, embedded !== undefined);
  const api = await openApi(shared, () => workers.isRunning(), embedded?.uiUrl);
  print('Sluice is running.');
  print(`  API           ${api.url}`);
  print(`  Temporal      ${embedded?.address ?? given}`);
  if (embedded) print(`  Temporal UI   ${embedded.uiUrl}`);
  print(`  Data          ${config.dataDirectory}`);
  print('Ctrl-C stops Sluice. Flink clusters run on, and the next start takes them over.');
}

async function embeddedTemporal(basis: Basis, print: Print) {
  const { openEmbeddedTemporal } = await import('./embedded-temporal.ts');
  return await openEmbeddedTemporal(basis, print);
}

/** The API alone; any number of them. Boots without Temporal: `/readyz` tells. */
export async function api(basis: Basis, print: Print): Promise<void> {
  checkListen(basis.config);
  const shared = await openShared(basis, requiredAddress(basis));
  const { url } = await openApi(shared);
  print(`The API listens at ${url}`);
}

/** The worker alone; any number of them. */
export async function worker(basis: Basis, print: Print): Promise<void> {
  const shared = await openShared(basis, requiredAddress(basis));
  const { openWorker } = await import('./compose-worker.ts');
  await openWorker(shared, false);
  print(`The worker takes tasks from Temporal at ${shared.temporalSettings.address}`);
}

function requiredAddress({ config }: Basis): string {
  const { address } = config.temporal;
  if (address !== undefined) return address;
  const message = 'is not set; only `sluice start` brings a Temporal server of its own';
  throw new ValidationFailed([{ field: 'TEMPORAL_ADDRESS', message }]);
}
