import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubectl } from './kubectl.ts';
import type { SluiceImage } from './sluice-image.ts';

const manifests = fileURLToPath(new URL('../../../deploy/kubernetes/', import.meta.url));

/** The Secret that a user makes before the rest. */
export async function makeSecret(namespace: string, values: Record<string, string>): Promise<void> {
  const literals = Object.entries(values).map(([name, value]) => `--from-literal=${name}=${value}`);
  await kubectl('-n', namespace, 'create', 'secret', 'generic', 'sluice', ...literals);
}

/** Applies the manifests as they are but for what a kustomization of a user's own says. */
export async function applySluice(
  namespace: string,
  { repository, tag }: SluiceImage,
  volume: string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-overlay-'));
  const overlay = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [relative(folder, manifests)],
    images: [{ name: 'sluice', newName: repository, newTag: tag }],
    patches: [
      patch('ConfigMap', 'sluice', { data: { SLUICE_POLL_MS: '1000' } }),
      patch('PersistentVolumeClaim', 'sluice-data', {
        spec: { storageClassName: '', volumeName: volume },
      }),
    ],
  };
  try {
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(overlay));
    await kubectl('apply', '-k', folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const patch = (kind: string, name: string, fields: object) => {
  const apiVersion = 'v1';
  return { patch: JSON.stringify({ apiVersion, kind, metadata: { name }, ...fields }) };
};

/** Gives a namespace what Flink needs there: the worker's rights, and a volume for state. */
export async function prepareTarget(
  namespace: string,
  volume: string,
  sluiceNamespace: string,
): Promise<void> {
  const text = await readFile(join(manifests, 'target-namespace.yaml'), 'utf8');
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'flink-state' },
    spec: {
      storageClassName: '',
      volumeName: volume,
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: '10Gi' } },
    },
  };
  const folder = await mkdtemp(join(tmpdir(), 'sluice-target-'));
  try {
    await writeFile(join(folder, 'rights.yaml'), ofSluiceIn(sluiceNamespace, text));
    await writeFile(join(folder, 'claim.json'), JSON.stringify(claim));
    await kubectl('-n', namespace, 'apply', '-f', folder);
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The two places where the file names Sluice's own namespace. */
const ofSluiceIn = (namespace: string, text: string): string =>
  text
    .replace('namespace: sluice\n', `namespace: ${namespace}\n`)
    .replace('metadata.name: sluice}', `metadata.name: ${namespace}}`);
