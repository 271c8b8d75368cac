import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What else than the suite runs on a cluster. */
const programs: Record<string, string> = {
  campaign: fileURLToPath(new URL('../campaign.ts', import.meta.url)),
  bench: fileURLToPath(new URL('../../bench/kubernetes/bench.ts', import.meta.url)),
};

/**
 * Runs the suite, or what the first argument names, against a cluster.
 * @param environment that says where it is.
 * @param interrupted its reason is the name of a signal, which is passed on.
 * @returns its exit code.
 */
export async function runOn(
  args: readonly string[],
  environment: { KUBECONFIG: string },
  interrupted: AbortSignal,
): Promise<number> {
  interrupted.throwIfAborted();
  const program = programs[args[0] ?? ''];
  const [command, ...rest]: [string, ...string[]] = program
    ? [process.execPath, program, ...args.slice(1)]
    : ['vitest', 'run', '--config', 'test/kubernetes/vitest.config.ts', ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  interrupted.addEventListener('abort', () => child.kill(interrupted.reason));
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}
