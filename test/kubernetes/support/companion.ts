import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program that runs until it is ended, and no longer than this process. */
export interface Companion {
  /** What it prints first; rejects when it ends without a word. */
  firstWords: Promise<string>;
  end(): Promise<void>;
}

const tie = fileURLToPath(new URL('../../support/tie-to-parent.mjs', import.meta.url));

export function startCompanion(command: string, ...args: string[]): Companion {
  const child = spawn(process.execPath, [tie, command, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const words = once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => String(text));
  const silence = ended.then((): never => {
    throw new Error(`${command} ended`);
  });
  const firstWords = Promise.race([words, silence]);
  // Not everybody asks for them.
  firstWords.catch(() => undefined);
  return {
    firstWords,
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
