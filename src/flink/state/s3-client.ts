import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { systemReason } from '../../core/errors/index.ts';

/** Where buckets are. Credentials are found as by every tool of AWS: variables, files, the pod's or the machine's role. */
export interface S3Settings {
  region: string;
  /** Absent: Amazon's own. */
  endpoint?: string;
  /** The bucket is part of the path, and not of the host's name. */
  pathStyle: boolean;
  /** For one question, repeats included, in ms. */
  answerWithinMs: number;
}

export interface PageRequest {
  bucket: string;
  prefix: string;
  /** What lies deeper shows as one folder. */
  folders?: boolean;
  after?: string | undefined;
  limit?: number;
}

export interface Page {
  keys: string[];
  folders: string[];
  next?: string;
}

/** The few questions that are put to S3. Each ends in time, with an answer or an error. */
export interface S3 {
  page(request: PageRequest): Promise<Page>;
  /** `undefined`: it is not there, or is shorter. */
  beginningOf(at: { bucket: string; key: string }, bytes: number): Promise<Buffer | undefined>;
  close(): void;
}

/** A page of a thousand of the longest keys takes 7 MB. */
const maxAnswerBytes = 16 * 1024 * 1024;

export function openS3({ region, endpoint, pathStyle, answerWithinMs }: S3Settings): S3 {
  const client = new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    followRegionRedirects: true,
    // Of objects only their beginnings are read, which no checksum is of.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 3_000 },
  });
  limitAnswers(client);
  const soon = () => ({ abortSignal: AbortSignal.timeout(answerWithinMs) });
  return {
    page: async (request) => pageOf(request, await client.send(listing(request), soon())),
    beginningOf: async ({ bucket, key }, bytes) => {
      const Range = `bytes=0-${bytes - 1}`;
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range });
      const reply = await client.send(command, soon()).catch((error: unknown) => {
        if (isAbsence(error)) return undefined;
        throw error;
      });
      return reply && (await firstOf(reply.Body, bytes));
    },
    close: () => client.destroy(),
  };
}

const listing = ({ bucket, prefix, folders, after, limit }: PageRequest): ListObjectsV2Command =>
  new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    ...(folders ? { Delimiter: '/' } : {}),
    ...(after === undefined ? {} : { ContinuationToken: after }),
    ...(limit === undefined ? {} : { MaxKeys: limit }),
  });

/** The SDK takes an empty body, or a page for people, for a list of nothing: an answer must say what it answers. */
function pageOf({ bucket, prefix }: PageRequest, reply: ListObjectsV2CommandOutput): Page {
  const { Name, Prefix = '', IsTruncated, NextContinuationToken: next } = reply;
  if (Name !== bucket || Prefix !== prefix || IsTruncated === undefined) throw new Garbled();
  if (IsTruncated && !next) throw new Garbled();
  return {
    keys: (reply.Contents ?? []).map(({ Key }) => Key ?? ''),
    folders: (reply.CommonPrefixes ?? []).map((one) => one.Prefix ?? ''),
    ...(IsTruncated && next ? { next } : {}),
  };
}

const isAbsence = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  (error.name === 'NoSuchKey' || error.name === 'InvalidRange');

/** A server that knows no ranges sends all of it: the rest is left there. */
async function firstOf(body: unknown, bytes: number): Promise<Buffer | undefined> {
  if (!(body instanceof Readable)) throw new Garbled();
  let read = Buffer.alloc(0);
  for await (const chunk of body) {
    read = Buffer.concat([read, chunk]);
    if (read.length >= bytes) return read.subarray(0, bytes);
  }
  return undefined;
}

/** Bounds what the SDK reads of an answer, nearest to the connection; its end in time is the signal's. */
function limitAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const reply = await next(args);
      const response = reply.response;
      if (isAnswer(response)) response.body = limited(response.body);
      return reply;
    },
    { step: 'deserialize', priority: 'low', name: 'limitAnswers' },
  );
}

const isAnswer = (response: unknown): response is { body: Readable } =>
  typeof response === 'object' &&
  response !== null &&
  'body' in response &&
  response.body instanceof Readable;

function limited(body: Readable): Readable {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxAnswerBytes) done(new Garbled());
      else done(null, chunk);
    },
  });
  // Whoever reads `limit` gets its error.
  pipeline(body, limit).catch(() => undefined);
  return limit;
}

/** An answer that S3 would not give. */
class Garbled extends Error {
  override readonly name = 'Garbled';
}

/** What S3, or STS before it, says when it may be asked again soon; all else that they refuse stays refused. */
const passing = new Set([
  'RequestTimeout',
  'TooManyRequests',
  'SlowDown',
  'RequestTimeTooSkewed',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'IDPCommunicationError',
]);

/** There are none, as far as could be found out. */
export const lacksCredentials = (error: unknown): boolean =>
  error instanceof Error && error.name === 'CredentialsProviderError';

/**
 * What a failed question means: `closed`, it is refused until somebody changes something; `silent`, all that is no clear
 * word of S3 itself.
 */
export function meaningOf(error: unknown): { kind: 'closed' | 'silent'; why: string } {
  if (lacksCredentials(error)) return { kind: 'closed', why: noCredentials };
  if (!isOfService(error) || !isCode(error.name)) return { kind: 'silent', why: reasonOf(error) };
  const status = error.$metadata.httpStatusCode ?? 0;
  const isRefusal = status >= 300 && status < 500 && !passing.has(error.name);
  const kind = isRefusal ? 'closed' : 'silent';
  if (error instanceof S3ServiceException) return { kind, why: `S3 says ${error.name}` };
  const what = isRefusal ? 'refuses' : 'does not answer for';
  return { kind, why: `AWS ${what} the worker's role: ${error.name}` };
}

/** Of S3, or of those who are asked for credentials before it (STS, SSO): their classes are parts of the SDK's own. */
const isOfService = (error: unknown): error is Pick<S3ServiceException, 'name' | '$metadata'> =>
  error instanceof Error &&
  '$fault' in error &&
  '$metadata' in error &&
  typeof error.$metadata === 'object' &&
  error.$metadata !== null;

/** What the SDK has no code for is `Unknown`; what a server makes up may be as long as it likes. */
const isCode = (name: string): boolean => name !== 'Unknown' && /^\w{1,64}$/.test(name);

const noCredentials =
  'the worker has no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give it a role';

function reasonOf(error: unknown): string {
  const isCut = error instanceof Error && error.name === 'AbortError';
  if (isCut) return 'no answer in time';
  const isOfSystem = error instanceof Error && 'code' in error;
  return isOfSystem ? systemReason(error) : 'the answer is not one of S3 (SLUICE_S3_ENDPOINT)';
}
