import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs the suite, or the campaign, against a cluster. @returns its exit code. */
export async function runOn(args: readonly string[], kubeconfig: string): Promise<number> {
  const [command, ...rest] =
    args[0] === 'campaign'
      ? [
          process.execPath,
          fileURLToPath(new URL('../campaign.ts', import.meta.url)),
          ...args.slice(1),
        ]
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
