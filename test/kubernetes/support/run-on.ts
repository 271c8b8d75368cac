import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What else than the suite runs on a cluster. */
const programs: Record<string, string> = {
  campaign: fileURLToPath(new URL('../campaign.ts', import.meta.url)),
  bench: fileURLToPath(new URL('../../bench/kubernetes/bench.ts', import.meta.url)),
};

/** Runs the suite, or what the first argument names, against a cluster. @returns its exit code. */
export async function runOn(args: readonly string[], kubeconfig: string): Promise<number> {
  const program = programs[args[0] ?? ''];
  const [command, ...rest]: [string, ...string[]] = program
    ? [process.execPath, program, ...args.slice(1)]
    : ['vitest', 'run', '--config', 'test/kubernetes/vitest.config.ts', ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => child.kill(name));
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}
