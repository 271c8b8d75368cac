import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../temporal/testing/server.ts';

const program = fileURLToPath(new URL('../sluice.mjs', import.meta.url));

/** A running `sluice`, with what it has printed so far. */
export interface RunningSluice {
  child: ChildProcess;
  output(): string;
  isOver(): boolean;
  /** @returns its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Commands and folders of one test; {@link Workbench.clear} ends and removes them. */
export interface Workbench {
  run(command: string, environment?: Record<string, string>): RunningSluice;
  folder(): string;
  clear(): Promise<void>;
}

export function workbench(): Workbench {
  const folders: { remove(): void }[] = [];
  const running: RunningSluice[] = [];
  return {
    run: (command, environment = {}) => {
      const sluice = spawnSluice(command, environment);
      running.push(sluice);
      return sluice;
    },
    folder: () => {
      const folder = temporaryFolder();
      folders.push(folder);
      return folder.path;
    },
    clear: async () => {
      for (const sluice of running.splice(0)) await sluice.end('SIGTERM');
      for (const folder of folders.splice(0)) folder.remove();
    },
  };
}

function spawnSluice(command: string, environment: Record<string, string>): RunningSluice {
  const child = spawn(process.execPath, [program, command], {
    env: { ...process.env, SLUICE_LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal?: NodeJS.Signals) => {
    const closed = isOver() ? Promise.resolve() : once(child, 'close');
    if (signal) child.kill(signal);
    await closed;
    return child.exitCode;
  };
  return { child, output: () => output, isOver, end };
}
