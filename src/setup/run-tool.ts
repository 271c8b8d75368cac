import { spawn } from 'node:child_process';
import { Refused } from '../core/errors/index.ts';

/** Enough of a tool's output to see why it failed, in characters. */
const keptOutput = 2_000;

/**
 * Runs a tool to its end, quietly.
 * @throws {Refused} SETUP_INCOMPLETE: it is not there or failed; the message holds the end of its output.
 */
export async function runTool(command: string, args: readonly string[]): Promise<void> {
  let output = '';
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptOutput);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', reject);
  child.once('close', (code, signal) => resolve(signal ?? String(code)));
  const outcome = await promise.catch((cause: unknown) => {
    throw new Refused(
      'SETUP_INCOMPLETE',
      `${command} could not be started: is it installed and on the PATH?`,
      {
        cause,
      },
    );
  });
  if (outcome !== '0') {
    const what = `${command} ${args[0] ?? ''} ended with ${outcome}`;
    throw new Refused('SETUP_INCOMPLETE', `${what}; its last output was:\n${output.trim()}`);
  }
}
