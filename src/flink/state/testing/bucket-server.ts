import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What S3 says of one bucket, `b`, as far as it is asked here; the real ones are in `test/kubernetes/`. */
export interface BucketServer {
  url: string;
  objects: Map<string, Buffer>;
  /** Takes the place of every answer while it is set. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** Paths with their queries, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** Entries of a page. */
const pageSize = 3;

export async function startBucketServer(): Promise<BucketServer> {
  const server = createServer((request, response) => reply(bucket, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bucket: BucketServer = {
    url: `http://127.0.0.1:${port}`,
    objects: new Map(),
    answer: undefined,
    asked: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return bucket;
}

function reply(bucket: BucketServer, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', bucket.url);
  bucket.asked.push(decodeURIComponent(`${url.pathname}${url.search}`));
  if (bucket.answer) return bucket.answer(response);
  if (!url.pathname.startsWith('/b/') && url.pathname !== '/b')
    return refuse(response, 404, 'NoSuchBucket');
  const key = decodeURIComponent(url.pathname.slice('/b/'.length));
  if (key === '') return list(bucket, url.searchParams, response);
  const found = bucket.objects.get(key);
  if (!found) return refuse(response, 404, 'NoSuchKey');
  const last = Number(/bytes=0-(\d+)/.exec(request.headers.range ?? '')?.[1] ?? found.length);
  response.writeHead(206).end(found.subarray(0, last + 1));
}

function list({ objects }: BucketServer, query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? '';
  const entries = [...objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const slash = query.has('delimiter') ? key.indexOf('/', prefix.length) : -1;
      return slash < 0 ? key : key.slice(0, slash + 1);
    });
  const rest = [...new Set(entries)].sort();
  const from = Number(query.get('continuation-token') ?? 0);
  const size = Math.min(pageSize, Number(query.get('max-keys') ?? pageSize));
  const page = rest.slice(from, from + size);
  const more = from + size < rest.length;
  const text = [
    `<ListBucketResult><Name>b</Name><Prefix>${prefix}</Prefix><IsTruncated>${more}</IsTruncated>`,
    ...page.map((entry) =>
      entry.endsWith('/') && query.has('delimiter')
        ? `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${entry}</Key></Contents>`,
    ),
    more ? `<NextContinuationToken>${from + size}</NextContinuationToken>` : '',
    '</ListBucketResult>',
  ].join('');
  response.writeHead(200).end(text);
}

/** As S3 says no. */
export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
}
