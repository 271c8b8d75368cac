import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Kube, soon } from './kube.ts';

const collection = '/api/v1/persistentvolumes';

/** A folder of the node as a PersistentVolume, for one claim of a namespace. */
export interface NodeVolume {
  name: string;
  /** To be called while the namespace's connection is open. */
  remove(): Promise<void>;
}

export async function makeNodeVolume(kube: Kube, claim: string): Promise<NodeVolume> {
  const path = await mkdtemp('/var/tmp/sluice-volume-');
  await chmod(path, 0o777);
  const name = basename(path).toLowerCase();
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
  return {
    name,
    remove: async () => {
      await kube.api.remove(collection, await kube.find(collection, name), soon());
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
