import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { until } from '../../e2e/support/until.ts';
import { type Kube, kubeconfig, soon } from './kube.ts';

const rbac = 'rbac.authorization.k8s.io';
const manifest = new URL('../../../deploy/kubernetes/target-namespace.yaml', import.meta.url);
const role = z.object({ kind: z.literal('Role'), rules: z.array(z.object({}).loose()) });

/** What Flink is reached with from outside of the cluster, besides the manifest's: as docs/kubernetes.md has it. */
const proxy = {
  apiGroups: [''],
  resources: ['pods/proxy'],
  verbs: ['get', 'create', 'patch', 'delete'],
};

/** An account that has the rights of the manifest in one namespace, which can be taken from it and given back. */
export interface Account {
  /** Path of a kubeconfig by which it is used: with its token in a file. */
  kubeconfig: string;
  /** It, and {@link take}, end once they have taken effect. */
  give(): Promise<void>;
  take(): Promise<void>;
  close(): Promise<void>;
}

export async function makeAccount(kube: Kube): Promise<Account> {
  const name = 'sluice-worker';
  const metadata = { name };
  const roles = `/apis/${rbac}/v1/namespaces/${kube.namespace}`;
  const apiVersion = `${rbac}/v1`;
  const give = async () => {
    const rules = [...(await manifestRules()), proxy];
    await kube.api.create(`${roles}/roles`, { apiVersion, kind: 'Role', metadata, rules }, soon());
    await mayLook(kube, name, true);
  };
  const take = async () => {
    const { uid } = await kube.find(`${roles}/roles`, name);
    await kube.api.remove(`${roles}/roles`, { name, uid }, soon());
    await mayLook(kube, name, false);
  };
  await kube.make('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const binding = {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: kube.namespace }],
  };
  await kube.api.create(`${roles}/rolebindings`, binding, soon());
  await give();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-account-'));
  const close = () => rm(folder, { recursive: true, force: true });
  return { kubeconfig: await writeKubeconfig(kube, name, folder), give, take, close };
}

/** The API server hears of a Role as others do: by a watch, and later where the machine is busy. */
async function mayLook(kube: Kube, account: string, may: boolean): Promise<void> {
  const { namespace } = kube;
  const asked = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${account}`,
      resourceAttributes: { namespace, verb: 'get', resource: 'configmaps' },
    },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  await until(
    `${account} ${may ? 'has' : 'has lost'} its rights`,
    async () => review.parse(await kube.api.create(path, asked, soon())).status.allowed,
    (allowed) => allowed === may,
    { everyMs: 50 },
  );
}

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

async function manifestRules(): Promise<object[]> {
  const documents = parseAllDocuments(await readFile(manifest, 'utf8'));
  return documents.flatMap((one) => role.safeParse(one.toJS()).data?.rules ?? []);
}

/** The cluster as the tests know it, with another user. */
async function writeKubeconfig(kube: Kube, account: string, folder: string): Promise<string> {
  const tokens = `${kube.collections.pods.replace(/pods$/, 'serviceaccounts')}/${account}/token`;
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const made = z
    .object({ status: z.object({ token: z.string() }) })
    .parse(await kube.api.create(tokens, asked, soon()));
  await writeFile(join(folder, 'token'), `${made.status.token}\n`);
  const whole = parse(await readFile(kubeconfig(), 'utf8'));
  const users = whole.users.map(({ name }: { name: string }) => ({
    name,
    user: { tokenFile: 'token' },
  }));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, JSON.stringify({ ...whole, users }));
  return path;
}
