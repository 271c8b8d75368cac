import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs the suite against a cluster. @returns its exit code. */
export async function runVitest(args: readonly string[], kubeconfig: string): Promise<number> {
  const child = spawn('vitest', ['run', '--config', 'test/kubernetes/vitest.config.ts', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  const handOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handOn);
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}
