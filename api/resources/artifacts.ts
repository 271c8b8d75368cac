import type { ArtifactInfo } from '../../src/artifacts/artifacts.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { badRequest, notFound } from '../errors/api-problem.ts';
import { artifactList, artifactReply } from '../openapi/shapes/platform.ts';
import { replyJson } from '../replies/reply.ts';
import { pathValue, queryValue } from '../request.ts';
import type { Route } from '../route.ts';
import { timestampSeconds } from '../views/timestamps.ts';
import { receiveFile } from './receive-file.ts';

const base = '/artifacts/v1/namespaces/{ns}/artifacts';
const common = { tag: 'Artifacts', jsonOnly: true } as const;
const requiredQuery = { filename: 'Name of the artifact' };
const one = { description: 'The artifact', schema: artifactReply };

/** Artifacts that Sluice keeps (api.md 2.12). JSON only, like all platform APIs. */
export const artifactRoutes = (deps: ApiDeps): Route[] => [
  {
    ...common,
    method: 'post',
    path: `${base}:upload`,
    summary: 'Upload an artifact; the same name is replaced',
    body: { description: 'One part named file', schema: 'file' },
    replies: { 200: one },
    handle: (c) => upload(c, deps),
  },
  {
    ...common,
    method: 'get',
    path: `${base}:list`,
    summary: 'List artifacts',
    replies: { 200: { description: 'The artifacts', schema: artifactList } },
    handle: (c) => list(c, deps),
  },
  {
    ...common,
    method: 'get',
    path: `${base}:metadata`,
    summary: 'Get what is known of an artifact',
    requiredQuery,
    replies: { 200: one },
    handle: async (c) => replyJson(c, { artifact: view(await find(c, deps)) }),
  },
  {
    ...common,
    method: 'delete',
    path: `${base}:delete`,
    summary: 'Delete an artifact',
    requiredQuery,
    replies: { 200: { ...one, description: 'The deleted artifact' } },
    handle: (c) => remove(c, deps),
  },
];

/** Exactly 200, unlike other creating POSTs (api.md 2.12). */
async function upload(c: ApiContext, { artifacts }: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const stored = await receiveFile(c, (filename, content) =>
    artifacts.upload(namespace, filename, content),
  );
  return replyJson(c, { artifact: view(stored) });
}

async function list(c: ApiContext, { artifacts, settings }: ApiDeps): Promise<Response> {
  const all = await artifacts.list(pathValue(c, 'ns'), settings.artifactListLimit);
  return replyJson(c, { artifacts: all.map(view) });
}

async function remove(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const artifact = await find(c, deps);
  if (await deps.artifacts.remove(pathValue(c, 'ns'), artifact.filename)) {
    return replyJson(c, { artifact: view(artifact) });
  }
  throw notFound(`Artifact "${artifact.filename}"`);
}

async function find(c: ApiContext, { artifacts }: ApiDeps): Promise<ArtifactInfo> {
  const filename = queryValue(c, 'filename');
  if (filename === undefined) {
    throw badRequest('VALIDATION_FAILED', 'The query parameter filename is required.', [
      { field: 'filename', message: 'is required' },
    ]);
  }
  const artifact = await artifacts.get(pathValue(c, 'ns'), filename);
  if (artifact === undefined) throw notFound(`Artifact "${filename}"`);
  return artifact;
}

const view = (artifact: ArtifactInfo) => ({
  filename: artifact.filename,
  uri: artifact.uri,
  createTime: timestampSeconds(artifact.createdAt),
  size: artifact.size,
});
