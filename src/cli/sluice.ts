import { Command } from 'commander';
import { loadConfig, settingsTable, unknownVariables } from '../config.ts';
import { SluiceError, ValidationFailed } from '../core/errors/index.ts';
import { createLog, type Log } from '../log.ts';
import type * as commands from './commands.ts';
import { runUntilStopped } from './scope.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const help = `
Examples:
  $ sluice start                                        everything embedded, in the foreground
  $ TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… sluice worker
  $ SLUICE_LISTEN=0.0.0.0:8080 SLUICE_TOKEN=… sluice api
  $ sluice settings                                     every environment variable with its default

Exit codes: 0 stopped on request, 1 failed, 2 wrong settings.`;

const program = new Command('sluice')
  .description('An application manager for Apache Flink')
  .addHelpText('after', help);

program
  .command('start')
  .description(
    'run API and worker in one process; Temporal and store are embedded unless configured',
  )
  .action(() => run('start'));
program
  .command('api')
  .description('run the API alone')
  .action(() => run('api'));
program
  .command('worker')
  .description('run the worker alone')
  .action(() => run('worker'));
program
  .command('settings')
  .description('list the settings')
  .action(() => {
    for (const row of settingsTable()) {
      print(`${row.name}\n    ${row.description}`);
      print(`    default: ${row.default || 'none'}; allowed: ${row.allowed}`);
    }
  });

/** Settings are judged, and help is given, before anything heavy is loaded. */
async function run(name: keyof typeof commands): Promise<void> {
  const config = loadConfig();
  const log = createLog(config.logLevel);
  warnOfUnknown(log);
  const { [name]: command } = await import('./commands.ts');
  await runUntilStopped(log, (scope) => command({ config, log, scope }, print));
}

function warnOfUnknown(log: Log): void {
  const variables = unknownVariables();
  if (variables.length > 0) log.warn({ variables }, 'unknown settings are ignored');
}

/** Our own errors speak for themselves; anything else is a bug and comes with its stack. */
function complain(error: unknown): void {
  const known = error instanceof SluiceError;
  const text = known ? error.message : (error instanceof Error && error.stack) || String(error);
  process.stderr.write(`sluice: ${text}\n`);
  process.exitCode = error instanceof ValidationFailed ? 2 : 1;
}

/** How long a process whose parts are all closed may live on, ms. */
const lingerMs = 5_000;

await program.parseAsync().catch(complain);
// A worker of Temporal that could not be made leaves threads behind, which nobody can end and which end nothing.
setTimeout(() => process.exit(), lingerMs).unref();
