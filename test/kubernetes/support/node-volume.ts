import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type Kube, soon } from './kube.ts';

const collection = '/api/v1/persistentvolumes';

/** A folder of the node as a PersistentVolume, for one claim of a namespace. */
export interface NodeVolume {
  name: string;
  /** To be called while the namespace's connection is open. */
  remove(): Promise<void>;
}

/** A folder of the node that any user may write to; volumes in several namespaces may be this one. */
export async function makeNodeFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp('/var/tmp/sluice-volume-');
  await chmod(path, 0o777);
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, remove };
}

export async function makeNodeVolume(kube: Kube, claim: string, path: string): Promise<NodeVolume> {
  const name = `${kube.namespace}-${claim}`;
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace: kube.namespace, name: claim },
      hostPath: { path, type: 'Directory' },
    },
  };
  await kube.api.create(collection, volume, soon());
  const remove = async () =>
    await kube.api.remove(collection, await kube.find(collection, name), soon());
  return { name, remove };
}
