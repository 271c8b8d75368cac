import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Refused } from '../../src/core/errors/index.ts';
import { isUuid } from '../../src/core/ids.ts';
import type { DeploymentTargetRecord } from '../../src/core/records.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { notFound, preconditionFailed } from '../errors/api-problem.ts';
import { reply } from '../replies/reply.ts';
import { ifResourceVersion, pathValue } from '../request.ts';
import { targetView } from '../views/target.ts';
import { missingSpec, readTarget, refused, type TargetRequest } from './target-body.ts';

/** The target of the path. @throws {ApiProblem} 404. */
export async function requireTarget(
  c: ApiContext,
  { store }: ApiDeps,
): Promise<DeploymentTargetRecord> {
  const idOrName = pathValue(c, 'idOrName');
  const target = await store.targets.get(pathValue(c, 'ns'), idOrName);
  if (target === undefined) throw notFound(`DeploymentTarget "${idOrName}"`);
  return target;
}

/** `POST`: 201. @throws {Refused} NAME_TAKEN (409). @throws {ValidationFailed} */
export async function createTarget(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const request = await readTarget(c);
  if (request.name === undefined) throw refused({ field: 'metadata.name', message: 'is required' });
  return insert(c, deps, { ...request, name: request.name });
}

/**
 * `PUT`: the metadata of an existing target, or a new target under an unknown name (api.md 1.5, 2.5). Of several at once
 * each is answered as if they had come one after the other: who finds that another came first looks again, and so does
 * `If-Match`.
 */
export async function putTarget(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const request = await readTarget(c);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await putOnce(c, deps, request);
    } catch (error) {
      if (attempt === putAttempts || !cameSecond(error)) throw error;
    }
  }
}

/** Each round of a race has a winner, so that this many writers at once all get through. */
const putAttempts = 10;

const cameSecond = (error: unknown): boolean =>
  error instanceof Refused && (error.code === 'GENERATION_CONFLICT' || error.code === 'NAME_TAKEN');

async function putOnce(c: ApiContext, deps: ApiDeps, request: TargetRequest): Promise<Response> {
  const idOrName = pathValue(c, 'idOrName');
  const current = await deps.store.targets.get(pathValue(c, 'ns'), idOrName);
  if (current !== undefined) return replace(c, deps, current, request);
  if (isUuid(idOrName)) throw notFound(`DeploymentTarget "${idOrName}"`);
  if (request.name !== undefined && request.name !== idOrName) throw otherName(idOrName);
  return insert(c, deps, { ...request, name: idOrName });
}

async function insert(
  c: ApiContext,
  { store, clock }: ApiDeps,
  request: TargetRequest & { name: string },
): Promise<Response> {
  if (request.spec === undefined) throw missingSpec();
  const now = clock();
  const { name, spec } = request;
  const fixed = { id: randomUUID(), namespace: pathValue(c, 'ns'), name, createdAt: now };
  const record = { ...fixed, modifiedAt: now, resourceVersion: 1, spec, ...mapsOf(request) };
  await store.targets.insert(record);
  return reply(c, targetView(record), 201);
}

/** A no-op changes nothing: no new version, no new time (api.md 1.5). */
async function replace(
  c: ApiContext,
  { store, clock }: ApiDeps,
  current: DeploymentTargetRecord,
  request: TargetRequest,
): Promise<Response> {
  requireMatch(c, current);
  if (request.name !== undefined && request.name !== current.name) throw otherName(current.name);
  if (request.spec !== undefined && !isDeepStrictEqual(request.spec, current.spec)) {
    const message = 'cannot change; create another target and move Deployments to it';
    throw refused({ field: 'spec', message });
  }
  const { labels: _labels, annotations: _annotations, ...kept } = current;
  const wanted = { ...kept, ...mapsOf(request) };
  if (isDeepStrictEqual(wanted, current)) return reply(c, targetView(current));
  const resourceVersion = current.resourceVersion + 1;
  const changed = { ...wanted, resourceVersion, modifiedAt: clock() };
  await store.targets.update(changed);
  return reply(c, targetView(changed));
}

/** `DELETE`. @throws {Refused} NOT_POSSIBLE_NOW (409) while a Deployment refers to it. */
export async function removeTarget(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const target = await requireTarget(c, deps);
  requireMatch(c, target);
  await deps.store.targets.remove(target.namespace, target.id);
  return reply(c, targetView(target));
}

function requireMatch(c: ApiContext, target: DeploymentTargetRecord): void {
  const wanted = ifResourceVersion(c).ifResourceVersion;
  if (wanted === undefined || wanted === target.resourceVersion) return;
  throw preconditionFailed(
    `DeploymentTarget "${target.name}" has resourceVersion ${target.resourceVersion}, not ${wanted}; read it again.`,
  );
}

const mapsOf = ({ labels, annotations }: TargetRequest) => ({
  ...(labels === undefined ? {} : { labels }),
  ...(annotations === undefined ? {} : { annotations }),
});

const otherName = (name: string) =>
  refused({ field: 'metadata.name', message: `cannot change; it must be "${name}" or absent` });
