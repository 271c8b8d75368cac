import { specSchema } from '../../src/core/document/index.ts';
import { Refused, ValidationFailed } from '../../src/core/errors/index.ts';
import { isUuid } from '../../src/core/ids.ts';
import type { DeploymentRecord } from '../../src/core/records.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { reply } from '../replies/reply.ts';
import { addWarnings, ifResourceVersion, pathValue, queryValue, requestIdOf } from '../request.ts';
import { createDeployment, named } from './create-deployment.ts';
import { type ReadDocument, readDocument, refuseWrongChange } from './deployment-body.ts';
import { viewOf } from './deployment-reading.ts';
import { documentSettings } from './deployment-settings.ts';
import { findDeployment, requireDeployment } from './find-deployment.ts';
import { newWarnings, outerWarnings } from './outer-warnings.ts';

/** `PATCH`: the merge itself happens in the Deployment's workflow, its only writer (design.md 1). */
export async function patchDeployment(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const record = await requireDeployment(deps.store, namespace, pathValue(c, 'idOrName'));
  const read = await readDocument(c, await documentSettings(deps, namespace));
  return change(c, deps, record, read, 'patch');
}

/** `PUT`: replaces the whole document, or creates it where a name does not exist yet (api.md 1.5). */
export async function putDeployment(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const idOrName = pathValue(c, 'idOrName');
  const find = () =>
    (isUuid(idOrName) ? requireDeployment : findDeployment)(deps.store, namespace, idOrName);
  const existing = await find();
  const read = await readDocument(c, await documentSettings(deps, namespace));
  if (existing !== undefined) return change(c, deps, existing, read, 'put');
  try {
    return await createNamed(c, deps, namespace, idOrName, read);
  } catch (error) {
    // Two PUTs of one new name: the slower one replaces what the faster one made.
    const rival = isNameTaken(error) ? await find() : undefined;
    if (rival === undefined) throw error;
    return change(c, deps, rival, read, 'put');
  }
}

async function createNamed(
  c: ApiContext,
  deps: ApiDeps,
  namespace: string,
  name: string,
  read: ReadDocument,
): Promise<Response> {
  const given = read.body.metadata?.name;
  if (given !== undefined && given !== null && given !== name) {
    const message = `must be "${name}", the name in the path, or absent`;
    throw new ValidationFailed([{ field: 'metadata.name', message }]);
  }
  const settings = await documentSettings(deps, namespace);
  const defaults = wantsDefaults(c) ? settings.defaults : {};
  const body = named(read.body, name);
  return createDeployment(c, deps, namespace, settings, { ...read, body }, defaults);
}

async function change(
  c: ApiContext,
  deps: ApiDeps,
  record: DeploymentRecord,
  read: ReadDocument,
  verb: 'patch' | 'put',
): Promise<Response> {
  const { id, namespace } = record;
  await refuseWrongChange(deps, namespace, read);
  const sent = {
    verb,
    body: read.body,
    ...(verb === 'put' ? { applyDefaults: wantsDefaults(c) } : {}),
    documentSettings: await documentSettings(deps, namespace),
  };
  const changed = await deps.commands.change(
    { namespace, id },
    {
      ...sent,
      requestId: requestIdOf(c, verb),
      ...ifResourceVersion(c),
      warnings: await newWarnings(deps, record, sent),
    },
  );
  const spec = specSchema().parse(changed.record.spec);
  addWarnings(c, [...changed.warnings, ...(await outerWarnings(deps, namespace, spec))]);
  return reply(c, await viewOf(deps, changed.record));
}

const wantsDefaults = (c: ApiContext): boolean => queryValue(c, 'applyDefaults') === 'true';

const isNameTaken = (error: unknown): boolean =>
  error instanceof Refused && error.code === 'NAME_TAKEN';
