/** The verbs of `package.json`, under Node 24 and with dependencies: prepares what the verb needs, then runs it. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '../core/errors/index.ts';
import { findTemporalCli } from '../temporal/find-cli.ts';
import { cacheDirectory } from './cache.ts';
import { setUp } from './runtimes.ts';
import { runTemporal } from './temporal.ts';
import { runTests } from './test-run.ts';
import { flinkVersions } from './versions.ts';

const report = (line: string): void => console.log(`set-up: ${line}`);
const newestFlink = flinkVersions.slice(-1);

/** What each verb does; the answer is the exit code, unless the program that it loads sets its own. */
const verbs: Record<string, (args: string[]) => Promise<number | undefined>> = {
  setup: async () => {
    await prepare(flinkVersions);
    report('all is there');
    return 0;
  },
  start: async (args) => {
    await prepare(newestFlink);
    return await runProgram('../cli/sluice.ts', ['start', ...args]);
  },
  temporal: async (args) => await runTemporal((await findCli()).path, args),
  cli: (args) => runProgram('../cli/sluice.ts', args),
  demo: async (args) => {
    await prepare(newestFlink);
    return await runProgram('../../test/e2e/demo.ts', args);
  },
  test: async (args) => {
    await prepare(flinkVersions);
    return await runTests(args);
  },
  kubernetes: (args) => onKubernetes(args),
  campaign: async (args) => {
    await prepare(flinkVersions);
    return await runProgram('../../test/e2e/campaign.ts', args);
  },
  bench: async (args) => {
    await prepare(flinkVersions);
    return await runProgram('../../test/bench/bench.ts', args);
  },
  'bench:kubernetes': (args) => onKubernetes(['bench', ...args]),
};

/** The first program brings what set-up itself needs, where a cluster is to be started. */
async function onKubernetes(args: string[]): Promise<undefined> {
  await runProgram('../../test/kubernetes/machine.ts', args);
  await prepare([]);
  return await runProgram('../../test/kubernetes/run.ts', args);
}

/** Flink, our jars, the archives for some Flink versions, and a Temporal CLI unless a server is given. */
async function prepare(archivesFor: readonly string[]): Promise<void> {
  await setUp({ report, archivesFor });
  if (!process.env.TEMPORAL_ADDRESS) await findCli();
}

/** The `temporal` command, built if there is none. */
const findCli = () =>
  findTemporalCli({
    cliPath: process.env.TEMPORAL_CLI_PATH || undefined,
    searchPath: process.env.PATH ?? '',
    temporaryDirectory: tmpdir(),
    cacheDirectory: cacheDirectory(),
    environment: definedVariables(),
    report,
  });

function definedVariables(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Loads a program in this very process, as if it had been started by hand: one process fewer to pass signals on. */
async function runProgram(relative: string, args: string[]): Promise<undefined> {
  const file = new URL(relative, import.meta.url);
  process.argv = [process.execPath, fileURLToPath(file), ...args];
  await import(file.href);
  return undefined;
}

const [verb = '', ...args] = process.argv.slice(2);
const run = verbs[verb];
try {
  if (run === undefined)
    throw new TypeError(`no verb "${verb}"; known are ${Object.keys(verbs).join(', ')}`);
  const code = await run(args);
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  const known = error instanceof SluiceError || error instanceof TypeError;
  console.error(known ? `set-up: ${error.message}` : error);
  process.exitCode = 1;
}
