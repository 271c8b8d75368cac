import { isRefusal } from '../../../src/targets/kubernetes/answers.ts';
import { until } from '../../e2e/support/until.ts';
import { type Kube, soon } from './kube.ts';

const policies = '/apis/admissionregistration.k8s.io/v1';
const apiVersion = 'admissionregistration.k8s.io/v1';

/** A policy of admission: pods of the namespace with this label are refused, in these words. Waits until it counts. */
export async function forbidLabel(kube: Kube, label: string, message: string): Promise<void> {
  const metadata = { name: `${kube.namespace}-${label}` };
  const expression = `!(has(object.metadata.labels) && '${label}' in object.metadata.labels)`;
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
  ];
  await kube.api.create(
    `${policies}/validatingadmissionpolicies`,
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: { matchConstraints: { resourceRules }, validations: [{ expression, message }] },
    },
    soon(),
  );
  const matchLabels = { 'kubernetes.io/metadata.name': kube.namespace };
  await kube.api.create(
    `${policies}/validatingadmissionpolicybindings`,
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: metadata.name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels } },
      },
    },
    soon(),
  );
  await until(
    `pods with ${label} are refused`,
    () => isRefused(kube, label),
    (refused) => refused,
  );
}

async function isRefused(kube: Kube, label: string): Promise<boolean> {
  const name = 'probe';
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { [label]: 'probe' } },
    spec: { containers: [{ name, image: 'localhost/none' }] },
  };
  try {
    await kube.api.create(kube.collections.pods, pod, soon());
  } catch (error) {
    if (isRefusal(error, 409)) return false; // the one before is on its way out
    if (isRefusal(error, 422)) return true;
    throw error;
  }
  const { uid } = await kube.find(kube.collections.pods, name);
  await kube.api.remove(kube.collections.pods, { name, uid, gracePeriodSeconds: 0 }, soon());
  return false;
}
