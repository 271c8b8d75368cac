import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Garbled, type Meaning, meaningOf } from './s3-meaning.ts';

/** Where buckets are. Credentials are found as by every tool of AWS: variables, files, the pod's or the machine's role. */
export interface S3Settings {
  /** The environment names who gives the worker credentials: until they do, there are none yet. */
  hasRole: boolean;
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
  /** What it means that one of them failed. */
  meaningOf(error: unknown): Meaning;
  close(): void;
}

/** A page of a thousand of the longest keys takes 7 MB. */
const maxAnswerBytes = 16 * 1024 * 1024;

export function openS3({ hasRole, region, endpoint, pathStyle, answerWithinMs }: S3Settings): S3 {
  const client = new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    followRegionRedirects: true,
    // Of objects only their beginnings are read, which no checksum is of.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 3_000 },
  });
  let hadCredentials = false;
  limitAnswers(client, () => {
    hadCredentials = true;
  });
  const soon = <T>(question: Question<T>) => inTime(answerWithinMs, question);
  return {
    page: (request) =>
      soon(async (options) => pageOf(request, await client.send(listing(request), options))),
    beginningOf: ({ bucket, key }, bytes) =>
      soon(async (options) => {
        const Range = `bytes=0-${bytes - 1}`;
        const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range });
        const reply = await client.send(command, options).catch((error: unknown) => {
          if (isAbsence(error)) return undefined;
          throw error;
        });
        return reply && (await firstOf(reply.Body, bytes));
      }),
    // Who gave them once may be away: a role's expire.
    meaningOf: (error) => meaningOf(error, hasRole || hadCredentials),
    close: () => client.destroy(),
  };
}

type Question<T> = (options: { abortSignal: AbortSignal }) => Promise<T>;

/** The SDK heeds the signal only once it has credentials, for which it may wait without end. */
async function inTime<T>(ms: number, question: Question<T>): Promise<T> {
  const abortSignal = AbortSignal.timeout(ms);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new DOMException('no answer in time', 'AbortError'));
  abortSignal.addEventListener('abort', giveUp, { once: true });
  return await Promise.race([question({ abortSignal }), late]).finally(() =>
    abortSignal.removeEventListener('abort', giveUp),
  );
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

/**
 * Bounds what the SDK reads of an answer, nearest to the connection; its end in time is the signal's.
 * @param onSigned there are credentials: every request is signed before it gets there.
 */
function limitAnswers(client: S3Client, onSigned: () => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      onSigned();
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
