import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createS3Reader, type S3Reader } from '../../src/flink/state/s3-reader.ts';
import { createStateStorage, type StateStorage } from '../../src/flink/state/storage.ts';
import { type S3Server, s3ServerStartMs, startS3Server } from './support/s3-server.ts';

/** The reader against a real server of S3, which its unit tests only stand in for. */
let server: S3Server;
let reader: S3Reader;
let storage: StateStorage;
beforeAll(async () => {
  server = await startS3Server('state');
  for (const [name, value] of Object.entries(server.account)) vi.stubEnv(name, value);
  const client = new S3Client({ ...whereItIs(), forcePathStyle: true });
  const put = (Key: string, Body: string | Buffer) =>
    client.send(new PutObjectCommand({ Bucket: 'state', Key, Body }));
  for (let from = 1; from <= 1_100; from += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        put(`c/many/chk-${from + i}/_metadata`, header(from + i)),
      ),
    );
  // Larger than what is read of it.
  await put('c/few/chk-9/_metadata', header(9, 100_000));
  await put('c/few/chk-10/part', 'not complete');
  await put('s/u1/savepoint-ab-1/_metadata', header(7));
  client.destroy();
  ({ reader, storage } = open());
}, s3ServerStartMs);
afterAll(async () => {
  reader?.close();
  await server?.stop();
  vi.unstubAllEnvs();
});

const whereItIs = () => ({ region: 'us-east-1', endpoint: server.url });

function open() {
  const settings = { pathStyle: true, hasRole: false, answerWithinMs: 10_000 };
  const s3 = createS3Reader({ ...whereItIs(), ...settings });
  return { reader: s3, storage: createStateStorage([s3]) };
}

function header(id: number, length = 64): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(0x4960672d, 0);
  bytes.writeUInt32BE(6, 4);
  bytes.writeBigInt64BE(BigInt(id), 8);
  return bytes;
}

test('the newest of more checkpoints than a page holds', async () => {
  expect(await storage.newestRetained('s3://state/c/many')).toMatchObject({ checkpointId: 1_100 });
});

test('one that is not complete is none', async () => {
  expect(await storage.newestRetained('s3a://state/c/few')).toMatchObject({ checkpointId: 9 });
});

test('a savepoint and its rank', async () => {
  const path = await storage.savepointIn('s3://state/s/u1/');
  expect(path).toBe('s3://state/s/u1/savepoint-ab-1');
  expect(await storage.checkpointIdIn(path ?? '')).toBe(7);
});

describe('what cannot be listed', () => {
  test.each([
    ['s3://state/nothing', 'nothing lies below it'],
    ['s3://other/c', 'NoSuchBucket'],
  ])('%s: %s', async (place, why) => {
    expect(await storage.listing(place)).toEqual({
      kind: 'closed',
      why: expect.stringContaining(why),
    });
  });

  test('with a wrong secret', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    const stranger = open();
    expect(await stranger.storage.listing('s3://state/c')).toEqual({
      kind: 'closed',
      why: 'S3 says SignatureDoesNotMatch',
    });
    stranger.reader.close();
  });
});
