import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What a run came to; a check of types, style, imports or dead code counts as one test. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const checks = ['check:types', 'check:style', 'check:imports', 'check:unused'];

/**
 * `npm test`: all checks, then all tests; with arguments, only the tests that they select for vitest. The last line is
 * `N passed, N failed`, with `, N skipped` if there are any, however the parts ended.
 * @returns the exit code: 0 only if nothing failed.
 */
export async function runTests(args: readonly string[]): Promise<number> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of args.length > 0 ? [] : checks) {
    console.log(`\n> ${check}`);
    const succeeded = await runInherited('npm', ['run', '--silent', check]);
    tally[succeeded ? 'passed' : 'failed'] += 1;
    if (!succeeded) console.log(`${check} failed`);
  }
  add(tally, await runVitest(args));
  console.log(closingLine(tally));
  return tally.failed === 0 ? 0 : 1;
}

/** The line that scripts read. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  const counted = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${counted}, ${skipped} skipped` : counted;
}

const testReport = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

async function runVitest(args: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const output = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
    const succeeded = await runInherited('vitest', ['run', ...reporters, ...args]);
    return tallyOf(existsSync(output) ? readFileSync(output, 'utf8') : '', succeeded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Counts vitest's JSON report. What its counts leave out counts as one failure: a file that could not be loaded, an
 * error outside any test, a run that ended without a report.
 */
export function tallyOf(report: string, succeeded: boolean): Tally {
  if (report === '') return { passed: 0, failed: 1, skipped: 0 };
  const counted = testReport.parse(JSON.parse(report));
  const broken = counted.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = counted.numFailedTests + broken.length;
  return {
    passed: counted.numPassedTests,
    failed: succeeded ? failed : Math.max(failed, 1),
    skipped: counted.numPendingTests + counted.numTodoTests,
  };
}

function add(to: Tally, more: Tally): void {
  to.passed += more.passed;
  to.failed += more.failed;
  to.skipped += more.skipped;
}

async function runInherited(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  // Ending this process alone would leave the run behind; ended, it counts as failed.
  const handOn = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handOn);
  const [code] = await once(child, 'exit');
  for (const signal of signals) process.off(signal, handOn);
  return code === 0;
}
