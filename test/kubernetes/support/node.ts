import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kubeconfig } from './kube.ts';

/** A part of the test cluster's node; each but the pods is started again within a second after it ended. */
export type Part = 'kube-apiserver' | 'etcd' | 'kubelet' | 'kube-controller-manager' | 'containerd';

const home = (): string => dirname(dirname(kubeconfig()));
const run = (): string => join(home(), 'run');

/** Whether the cluster is the one that this suite starts, so that its parts can be reached. */
export const isOurs = (): boolean => existsSync(join(run(), 'unshare.pid'));

/** Sends a signal to a part, which lives in a process namespace of its own. */
export function signal(part: Part, name: 'KILL' | 'STOP' | 'CONT'): void {
  inside('pid', 'kill', `-${name}`, read(join(run(), `${part}.pid`)));
}

/** Drops what goes from the node to a pod, such as what the API server passes on to Flink. @returns the way back. */
export function cutOff(podIp: string): () => void {
  const table = 'sluice-test';
  inside('net', 'nft', 'add', 'table', 'ip', table);
  const chain = '{ type filter hook output priority -10 ; }';
  inside('net', 'nft', 'add', 'chain', 'ip', table, 'cut', chain);
  inside('net', 'nft', 'add', 'rule', 'ip', table, 'cut', 'ip', 'daddr', podIp, 'drop');
  return () => inside('net', 'nft', 'delete', 'table', 'ip', table);
}

function inside(namespace: 'pid' | 'net', ...command: string[]): void {
  const where =
    namespace === 'net'
      ? [`--net=/run/netns/${basename(home())}`]
      : [`--target=${init()}`, '--pid', '--mount'];
  const { status, stderr } = spawnSync('nsenter', [...where, ...command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

/** Process 1 of the node's namespace, seen from outside. */
function init(): string {
  const outer = read(join(run(), 'unshare.pid'));
  return read(`/proc/${outer}/task/${outer}/children`).split(' ')[0] ?? '';
}

const read = (path: string): string => readFileSync(path, 'utf8').trim();
