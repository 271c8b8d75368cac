import { Refused } from '../../src/core/errors/index.ts';
import { isUuid } from '../../src/core/ids.ts';
import type { DeploymentRecord } from '../../src/core/records.ts';
import type { Store } from '../../src/store/store.ts';

/** A path value that parses as UUID is tried as id, then as name (api.md 1.6); never across namespaces. */
export async function findDeployment(
  store: Store,
  namespace: string,
  idOrName: string,
): Promise<DeploymentRecord | undefined> {
  if (isUuid(idOrName)) {
    const record = await store.deployments.get(idOrName.toLowerCase());
    if (record?.namespace === namespace) return record;
  }
  return store.deployments.getByName(namespace, idOrName);
}

/** As {@link findDeployment}. @throws {Refused} DEPLOYMENT_NOT_FOUND (404). */
export async function requireDeployment(
  store: Store,
  namespace: string,
  idOrName: string,
): Promise<DeploymentRecord> {
  const record = await findDeployment(store, namespace, idOrName);
  if (record === undefined) {
    throw new Refused(
      'DEPLOYMENT_NOT_FOUND',
      `Deployment "${idOrName}" does not exist in namespace "${namespace}". Check its id or name, or create it.`,
    );
  }
  return record;
}
