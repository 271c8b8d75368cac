import { existsSync } from 'node:fs';
import { programsFolder } from './test-cluster.ts';

/** What `npm run test:kubernetes` was asked for; the arguments are those of what runs on the cluster. */
export type Invocation =
  | { kind: 'leave out' }
  | { kind: 'up' }
  | { kind: 'on a given one'; kubeconfig: string; args: readonly string[] }
  | { kind: 'on one of its own'; args: readonly string[] };

export function invocation(): Invocation {
  const [first, ...rest] = process.argv.slice(2);
  const ifBuilt = first === '--if-built';
  const args = ifBuilt ? rest : process.argv.slice(2);
  const kubeconfig = process.env.KUBECONFIG;
  if (ifBuilt && !existsSync(programsFolder())) return { kind: 'leave out' };
  if (args[0] === 'up') return { kind: 'up' };
  return kubeconfig
    ? { kind: 'on a given one', kubeconfig, args }
    : { kind: 'on one of its own', args };
}
