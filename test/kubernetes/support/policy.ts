import { isRefusal } from '../../../src/targets/kubernetes/answers.ts';
import { Teardown } from '../../bench/teardown.ts';
import { until } from '../../e2e/support/until.ts';
import { type Kube, soon } from './kube.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';

/**
 * A policy of admission: pods of the namespace with this label are refused, in these words. Waits until it counts.
 * @returns the way back: it does not go with the namespace.
 */
export async function forbidLabel(
  kube: Kube,
  label: string,
  message: string,
): Promise<() => Promise<void>> {
  const teardown = new Teardown();
  try {
    await makePolicy(kube, label, message, teardown);
    await until(
      `pods with ${label} are refused`,
      () => isRefused(kube, label),
      (refused) => refused,
    );
  } catch (error) {
    await teardown.run();
    throw error;
  }
  return () => teardown.run();
}

async function makePolicy(
  kube: Kube,
  label: string,
  message: string,
  teardown: Teardown,
): Promise<void> {
  const metadata = { name: `${kube.namespace}-${label}` };
  const make = async (collection: string, kind: string, spec: object) => {
    const path = `/apis/${apiVersion}/${collection}`;
    await kube.api.create(path, { apiVersion, kind, metadata, spec }, soon());
    teardown.defer(async () => kube.api.remove(path, await kube.find(path, metadata.name), soon()));
  };
  const expression = `!(has(object.metadata.labels) && '${label}' in object.metadata.labels)`;
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
  ];
  await make('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', {
    matchConstraints: { resourceRules },
    validations: [{ expression, message }],
  });
  const matchLabels = { 'kubernetes.io/metadata.name': kube.namespace };
  await make('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', {
    policyName: metadata.name,
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels } },
  });
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
