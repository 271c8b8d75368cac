import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import type { Connection } from '../connection.ts';

interface StoredObject {
  metadata: {
    name: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  status?: object;
}

/** Enough of an API server to live through a cluster's life without pods; it notes the rights that each call needs. */
export interface KubernetesServer {
  connection: Connection;
  /** `verb resource`, as a Role says it. */
  used: Set<string>;
  /** Makes the namespace `flink` anew, or removes it; it is there from the start. */
  makeNamespace(metadata: StoredObject['metadata'] | undefined): void;
  /** An object that is there and that no list shows yet, as one made an instant ago by somebody else. */
  plantUnlisted(path: string, object: StoredObject): void;
  /** From now on calls that need this right are answered so; without an answer, as ever. */
  refuse(right: string, answer?: { status: number; message: string }): void;
  close(): Promise<void>;
}

export async function startKubernetesServer(): Promise<KubernetesServer> {
  const objects = new Map<string, StoredObject>();
  const unlisted = new Set<string>();
  const used = new Set<string>();
  const namespace = '/api/v1/namespaces/flink';
  for (const name of ['flink', 'default', 'refused'])
    objects.set(`/api/v1/namespaces/${name}`, { metadata: { name, uid: 'the-first' } });
  const refused = new Map<string, { status: number; message: string }>();
  const server = createServer(async (request, reply) => {
    const call = await readCall(request);
    const rights = rightsOf(call, objects.has(call.path));
    for (const right of rights) used.add(right);
    const refusal = rights.map((right) => refused.get(right)).find((one) => one !== undefined);
    if (refusal)
      reply.writeHead(refusal.status).end(JSON.stringify({ kind: 'Status', ...refusal }));
    else answer(call, objects, unlisted, reply);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent();
  const close = async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  };
  return {
    connection: {
      server: new URL(`http://127.0.0.1:${port}`),
      agent,
      ownNamespace: 'default',
      isInside: true,
      headers: async () => ({}),
      close,
    },
    used,
    makeNamespace: (metadata) => {
      if (metadata) objects.set(namespace, { metadata });
      else objects.delete(namespace);
    },
    plantUnlisted: (path, object) => {
      objects.set(path, object);
      unlisted.add(path);
    },
    refuse: (right, refusal) => {
      if (refusal) refused.set(right, refusal);
      else refused.delete(right);
    },
    close,
  };
}

interface Call {
  method: string;
  /** Without the query. */
  path: string;
  resource: string;
  /** Absent: the path is a collection's. */
  name?: string;
  labelSelector: string;
  isWatch: boolean;
  isApply: boolean;
  onlyMetadata: boolean;
  body: StoredObject;
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://server');
  const [, resource = '', name] =
    /\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ??
    /\/(namespaces)\/([^/]+)$/.exec(pathname) ??
    [];
  const text = (await request.toArray()).join('');
  return {
    method: request.method ?? '',
    path: pathname,
    resource: pathname.startsWith('/apis/apps/') ? `${resource}.apps` : resource,
    ...(name === undefined ? {} : { name }),
    labelSelector: searchParams.get('labelSelector') ?? '',
    isWatch: searchParams.get('watch') === 'true',
    isApply: request.headers['content-type'] === 'application/apply-patch+yaml',
    onlyMetadata: request.headers.accept?.includes('as=PartialObjectMetadataList') ?? false,
    body: JSON.parse(text || '{}'),
  };
}

/** What the API server asks of RBAC: an apply that makes the object needs `create` besides. */
function rightsOf({ method, resource, name, isWatch, isApply }: Call, exists: boolean): string[] {
  const verbs: Record<string, string[]> = {
    GET: [isWatch ? 'watch' : name === undefined ? 'list' : 'get'],
    POST: ['create'],
    PATCH: isApply && !exists ? ['patch', 'create'] : ['patch'],
    DELETE: ['delete'],
  };
  return (verbs[method] ?? [method]).map((verb) => `${verb} ${resource}`);
}

function answer(
  call: Call,
  objects: Map<string, StoredObject>,
  unlisted: ReadonlySet<string>,
  reply: ServerResponse,
): void {
  const { method, path, name, body } = call;
  const send = (status: number, content: object) =>
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  if (call.isWatch) return void reply.writeHead(200).flushHeaders();
  if (name === undefined && method === 'GET') {
    const items = [...objects].flatMap(([key, one]) =>
      key.startsWith(`${path}/`) && !unlisted.has(key) && fits(one, call) ? [one] : [],
    );
    const metadata = { resourceVersion: '1' };
    if (!call.onlyMetadata) return void send(200, { metadata, items });
    // As the API server does: without any there is no array.
    const kind = 'PartialObjectMetadataList';
    return void send(200, { kind, metadata, items: items.length > 0 ? items : null });
  }
  const key = method === 'POST' ? `${path}/${body.metadata.name}` : path;
  const there = objects.get(key);
  if (method === 'POST' && there)
    return void send(409, { kind: 'Status', reason: 'AlreadyExists' });
  if (method !== 'POST' && !call.isApply && !there)
    return void send(404, { kind: 'Status', reason: 'NotFound' });
  if (method === 'DELETE') objects.delete(key);
  if (method === 'POST' || method === 'PATCH') objects.set(key, merged(there, body));
  send(200, objects.get(key) ?? {});
}

const fits = ({ metadata }: StoredObject, { labelSelector }: Call): boolean =>
  labelSelector.split(',').every((term) => {
    const [label = '', value] = term.split('=');
    const has = metadata.labels?.[label];
    return value === undefined ? has !== undefined : has === value;
  });

let uids = 0;

function merged(there: StoredObject | undefined, body: StoredObject): StoredObject {
  uids += 1;
  const annotations = { ...there?.metadata.annotations, ...body.metadata?.annotations };
  const metadata = { uid: `uid-${uids}`, ...there?.metadata, ...body.metadata, annotations };
  return { status: {}, ...there, ...body, metadata };
}
