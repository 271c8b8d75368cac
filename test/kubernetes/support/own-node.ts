import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** The one node of a cluster that `cluster/up.sh` started on this machine: its doors that no other cluster has. */
export interface OwnNode {
  /** Path of its network namespace, where all addresses of the cluster are. */
  network: string;
  /** Its address, for pods. */
  address: string;
  /** File in which the API server notes the calls of what runs in pods, one JSON object a line. */
  auditLog: string;
  /** Gives it an image out of an archive. */
  importImage(archive: string): Promise<void>;
  removeImage(name: string): Promise<void>;
}

/** `undefined`: the kubeconfig is of another cluster. */
export function ownNode(kubeconfig: string): OwnNode | undefined {
  const home = dirname(dirname(kubeconfig));
  const network = `/run/netns/${basename(home)}`;
  const socket = join(home, 'run', 'containerd.sock');
  if (!existsSync(network) || !existsSync(socket)) return undefined;
  const images = async (...args: string[]): Promise<void> => {
    await promisify(execFile)('ctr', ['-a', socket, '-n', 'k8s.io', 'images', ...args]);
  };
  return {
    network,
    address: '172.30.0.1',
    auditLog: join(home, 'run', 'audit.log'),
    importImage: (archive) => images('import', archive),
    removeImage: (name) => images('rm', name),
  };
}
