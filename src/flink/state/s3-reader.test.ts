import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Unreachable } from '../../core/errors/index.ts';
import { Closed } from './reader.ts';
import type { S3Settings } from './s3-client.ts';
import { createS3Reader, type S3Reader } from './s3-reader.ts';
import { createStateStorage, type StateStorage } from './storage.ts';
import { type BucketServer, refuse, startBucketServer } from './testing/bucket-server.ts';

let server: BucketServer;
let reader: S3Reader;
let storage: StateStorage;
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'someone');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  server = await startBucketServer();
  openReader(server.url);
});
afterEach(async () => {
  reader.close();
  await server.close();
  vi.unstubAllEnvs();
});

function openReader(endpoint: string, changes: Partial<S3Settings> = {}): void {
  const settings = { region: 'us-east-1', pathStyle: true, hasRole: false, answerWithinMs: 1_500 };
  reader = createS3Reader({ ...settings, endpoint, ...changes });
  storage = createStateStorage([reader]);
}

const header = (id: number) => {
  const bytes = Buffer.alloc(4_096);
  bytes.writeUInt32BE(0x4960672d, 0);
  bytes.writeUInt32BE(6, 4);
  bytes.writeBigInt64BE(BigInt(id), 8);
  return bytes;
};
const write = (...keys: string[]) => {
  for (const key of keys) server.objects.set(key, header(7));
};

describe('a job that wrote to a bucket', () => {
  test('its newest complete checkpoint is found, by number, over many pages', async () => {
    write(...[9, 10, 11, 12].map((id) => `c/ab12/chk-${id}/_metadata`), 'c/ab12/chk-13/state');
    write('c/ab12/shared/x', 'c/ab12/taskowned/', 'c/ab123/chk-99/_metadata');
    expect(await storage.newestRetained('s3://b/c/ab12')).toEqual({
      path: 's3://b/c/ab12/chk-12',
      checkpointId: 12,
      isSavepoint: false,
    });
  });

  test.each(['s3://b/c', 's3a://b/c/', 's3p://b//c', 'S3://b/c'])(
    '%s is one place to Flink, and to us',
    async (directory) => {
      write('c/ab12/chk-1/_metadata');
      expect(await storage.listing(directory)).toEqual({ kind: 'listable' });
      expect(await storage.newestRetained(`${directory}/ab12`)).toMatchObject({ checkpointId: 1 });
    },
  );

  test('a savepoint is found below the folder of its attempt, and ranked by its own file', async () => {
    write('s/u1/savepoint-ab12-1/_metadata', 's/u1/other/_metadata', 's/u2/savepoint-ab12-2/state');
    expect(await storage.savepointIn('s3://b/s/u1')).toBe('s3://b/s/u1/savepoint-ab12-1');
    expect(await storage.savepointIn('s3://b/s/u2')).toBeUndefined();
    expect(await storage.checkpointIdIn('s3://b/s/u1/savepoint-ab12-1')).toBe(7);
    expect(await storage.checkpointIdIn('s3://b/s/u2/savepoint-ab12-2')).toBeUndefined();
  });

  test('a server that sends more than it is asked for is read no further', async () => {
    server.answer = (response) => {
      response.writeHead(200);
      response.write(header(8)); // and never ends
    };
    expect(await storage.checkpointIdIn('s3://b/s/sp')).toBe(8);
  });

  test('a file too short to have a rank has none', async () => {
    server.objects.set('s/sp/_metadata', Buffer.alloc(15));
    server.objects.set('s/none/_metadata', Buffer.alloc(0));
    expect(await storage.checkpointIdIn('s3://b/s/sp')).toBeUndefined();
    expect(await storage.checkpointIdIn('s3://b/s/none')).toBeUndefined();
  });
});

/** Each is told apart from an empty directory, whatever is asked (S25). */
async function expectUnknown(kind: 'closed' | 'silent', why: RegExp): Promise<void> {
  const listing = await storage.listing('s3://b/c');
  expect(listing).toEqual({ kind, why: expect.stringMatching(why) });
  const thrown = kind === 'closed' ? Closed : Unreachable;
  await expect(storage.newestRetained('s3://b/c/ab12')).rejects.toThrow(thrown);
  await expect(storage.savepointIn('s3://b/s/u1')).rejects.toThrow(thrown);
}

describe('what is not seen is unknown, not absent (S25)', () => {
  const says = (status: number, body: string) => (response: ServerResponse) =>
    response.writeHead(status).end(body);

  test('nothing below the directory: it may be another bucket of that name', async () => {
    write('other/ab12/chk-1/_metadata');
    expect(await storage.listing('s3://b/c')).toEqual({
      kind: 'closed',
      why: expect.stringContaining('SLUICE_S3_ENDPOINT'),
    });
  });

  test.each([
    [403, 'AccessDenied'],
    [403, 'InvalidAccessKeyId'],
    [403, 'SignatureDoesNotMatch'],
    [404, 'NoSuchBucket'],
  ])('S3 refuses with %s %s', async (status, code) => {
    server.answer = (response) => refuse(response, status, code);
    await expectUnknown('closed', new RegExp(code));
    expect(await storage.isSeen('s3://b/c/ab12/chk-1')).toBe(false);
    expect(await storage.savepointSeenIn('s3://b/s/u1')).toBeUndefined();
  });

  test.each([
    ['S3 is overloaded', says(503, '<Error><Code>SlowDown</Code></Error>'), /SlowDown|in time/],
    ['a gateway fails', says(502, 'Bad Gateway'), /not one of S3/],
    ['an empty answer', says(200, ''), /not one of S3/],
    ['a page for people', says(200, '<html><body>Welcome</body></html>'), /not one of S3/],
    ['a page for people that refuses', says(403, '<html>no</html>'), /not one of S3/],
    ['no XML', says(404, 'not found'), /not one of S3/],
    ['a code that is none', says(403, '<Error><Code>a b</Code></Error>'), /not one of S3/],
    ['an answer cut short', says(200, '<ListBucketResult><Name>b</Name>'), /not one of S3/],
    [
      'an answer about something else',
      says(
        200,
        '<ListBucketResult><Name>b</Name><Prefix>d/</Prefix><IsTruncated>false</IsTruncated></ListBucketResult>',
      ),
      /not one of S3/,
    ],
  ])('%s', { timeout: 20_000 }, async (_what, answer, why) => {
    server.answer = answer;
    await expectUnknown('silent', why);
    await expect(storage.isSeen('s3://b/c/ab12/chk-1')).rejects.toThrow(Unreachable);
  });

  test('nobody listens', { timeout: 20_000 }, async () => {
    await server.close();
    await expectUnknown('silent', /nobody listens/);
  });

  test.each([
    ['no answer', () => undefined],
    ['half an answer', (response: ServerResponse) => response.writeHead(200).write('<ListB')],
  ])('%s, and no end', { timeout: 20_000 }, async (_what, answer) => {
    server.answer = answer;
    await expectUnknown('silent', /no answer in time|connection was cut/);
  });

  test('no answer in time: the bucket is not waited for again and again, others are', async () => {
    server.answer = () => undefined;
    await expectUnknown('silent', /no answer in time/);
    const before = server.asked.length;
    expect(await storage.listing('s3://b/s')).toMatchObject({ kind: 'silent' });
    expect(server.asked.length).toBe(before);
    server.answer = undefined;
    expect(await storage.listing('s3://other/c')).toMatchObject({ kind: 'closed' });
    expect(server.asked.length).toBeGreaterThan(before);
  });

  test('an answer without end', { timeout: 20_000 }, async () => {
    const line = `<Contents>${'x'.repeat(100_000)}</Contents>`;
    server.answer = (response) => {
      const more = () => {
        while (!response.destroyed && response.write(line));
      };
      response.writeHead(200).on('drain', more).write('<ListBucketResult>');
      more();
    };
    const { kind } = await storage.listing('s3://b/c');
    expect(kind).toBe('silent');
  });

  test('no credentials, and what sets them is told', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('HOME', '/nowhere');
    await expectUnknown('closed', /AWS_ACCESS_KEY_ID/);
    expect(server.asked).toEqual([]);
  });

  /** As on EKS and ECS: somebody beside the worker gives it credentials. */
  async function withAgent(answer: (response: ServerResponse) => void) {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('HOME', '/nowhere');
    const agent = await startBucketServer();
    agent.answer = answer;
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${agent.url}/credentials`);
    return agent;
  }
  const fails = says(503, 'later');
  const roleIsLate = { kind: 'silent', why: expect.stringContaining("worker's role") };
  const givesCredentials = (forMs: number) => {
    const Expiration = new Date(Date.now() + forMs).toISOString();
    const keys = { AccessKeyId: 'someone', SecretAccessKey: 'secret', Token: 't', Expiration };
    return (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
  };

  test('who gives the worker its role fails: that may pass, and is no refusal', async () => {
    const agent = await withAgent(fails);
    openReader(server.url, { hasRole: true, answerWithinMs: 10_000 });
    expect(await storage.listing('s3://b/c')).toEqual(roleIsLate);
    agent.answer = givesCredentials(3_600_000);
    write('c/ab12/chk-1/_metadata');
    expect(await storage.listing('s3://b/c')).toEqual({ kind: 'listable' });
    await agent.close();
  });

  test('who gives the worker its role does not answer: nobody waits without end', async () => {
    const agent = await withAgent(() => undefined);
    openReader(server.url, { hasRole: true });
    await expectUnknown('silent', /no answer in time/);
    await agent.close();
  });

  test('credentials that were there once may come again, wherever they came from', async () => {
    const agent = await withAgent(givesCredentials(1));
    openReader(server.url, { answerWithinMs: 10_000 });
    write('c/ab12/chk-1/_metadata');
    expect(await storage.listing('s3://b/c')).toEqual({ kind: 'listable' });
    agent.answer = fails;
    expect(await storage.listing('s3://b/c')).toEqual(roleIsLate);
    await agent.close();
  });

  test('the role of the worker is refused: told as that, and not as a wrong endpoint', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/worker');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', fileURLToPath(import.meta.url));
    vi.stubEnv('AWS_ENDPOINT_URL_STS', server.url);
    server.answer = (response) =>
      response
        .writeHead(403, { 'content-type': 'text/xml' })
        .end('<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>');
    await expectUnknown('closed', /AWS refuses the worker's role: AccessDenied/);
  });

  test.each(['s3://b@elsewhere/c', 's3://b:80/c', 's3://arn:aws:s3:::b/c', 's3://../c', 's3:///c'])(
    '%s is not asked for anywhere',
    async (place) => {
      expect(await storage.listing(place)).toMatchObject({ kind: 'closed' });
      await expect(storage.newestRetained(place)).rejects.toThrow(Closed);
      expect(server.asked).toEqual([]);
    },
  );

  test.each(['hdfs://n/c', 'gs://b/c', 'oss://b/c'])(
    '%s is storage of another kind',
    async (place) => {
      expect(await storage.listing(place)).toMatchObject({ kind: 'closed' });
      await expect(storage.newestRetained(place)).rejects.toThrow(Closed);
      expect(await storage.checkpointIdIn(place)).toBeUndefined();
    },
  );
});
