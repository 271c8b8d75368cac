import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { read } from '../../docs/document.ts';
import { kubectl } from './kubectl.ts';
import type { SluiceImage } from './sluice-image.ts';

const manifests = fileURLToPath(new URL('../../../deploy/kubernetes/', import.meta.url));

/** The Secret that a user makes before the rest. */
export async function makeSecret(namespace: string, values: Record<string, string>): Promise<void> {
  const literals = Object.entries(values).map(([name, value]) => `--from-literal=${name}=${value}`);
  await kubectl('-n', namespace, 'create', 'secret', 'generic', 'sluice', ...literals);
}

/**
 * Applies the manifests as they are but for what a kustomization of a user's own says (docs/kubernetes.md).
 * @param patches names of those that the document has, in full.
 */
export async function applySluice(
  namespace: string,
  { repository, tag }: SluiceImage,
  volume: string,
  patches: readonly string[],
): Promise<void> {
  await inFolder(async (folder) => {
    const overlay = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace,
      resources: [relative(folder, manifests)],
      images: [{ name: 'sluice', newName: repository, newTag: tag }],
      patches: [
        patch('ConfigMap', 'sluice', { data: { SLUICE_POLL_MS: '1000' } }),
        patch('PersistentVolumeClaim', 'sluice-data', { spec: boundTo(volume) }),
        ...patches.map((path) => ({ path })),
      ],
    };
    for (const path of patches) await writeFile(join(folder, path), documentedPatch(path));
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(overlay));
    await kubectl('apply', '-k', folder);
  });
}

/** The block of the document that begins with the file's name. */
function documentedPatch(name: string): string {
  const block = new RegExp(`^(# ${name}\\n.*?)^\`\`\``, 'ms').exec(read('docs/kubernetes.md'));
  if (!block?.[1]) throw new Error(`no ${name} in the document`);
  return block[1];
}

const patch = (kind: string, name: string, fields: object) => {
  const apiVersion = 'v1';
  return { patch: JSON.stringify({ apiVersion, kind, metadata: { name }, ...fields }) };
};

const boundTo = (volumeName: string) => ({ storageClassName: '', volumeName });

/** Claims the volume of state in a namespace. */
export async function claimState(namespace: string, volume: string): Promise<void> {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'flink-state' },
    spec: {
      ...boundTo(volume),
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: '10Gi' } },
    },
  };
  await apply(namespace, JSON.stringify(claim));
}

/** Gives a namespace for Flink what it needs besides the volume. */
export async function prepareTarget(namespace: string, sluiceNamespace: string): Promise<void> {
  const text = await readFile(join(manifests, 'target-namespace.yaml'), 'utf8');
  await apply(namespace, ofSluiceIn(sluiceNamespace, text));
  await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
}

/** The two places where the file names Sluice's own namespace. */
const ofSluiceIn = (namespace: string, text: string): string =>
  text
    .replace('namespace: sluice\n', `namespace: ${namespace}\n`)
    .replace('metadata.name: sluice}', `metadata.name: ${namespace}}`);

/** @param text YAML or JSON of any objects. */
export const apply = (namespace: string, text: string): Promise<void> =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'objects.yaml'), text);
    await kubectl('-n', namespace, 'apply', '-f', folder);
  });

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-manifests-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
