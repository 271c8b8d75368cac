import { S3ServiceException } from '@aws-sdk/client-s3';
import { systemReason } from '../../core/errors/index.ts';

/**
 * What a failed question means: `closed`, it is refused until somebody changes something; `silent`, all that is no clear
 * word of S3 itself.
 */
export interface Meaning {
  kind: 'closed' | 'silent';
  why: string;
  /** It is so for every bucket, and takes seconds to find out. */
  isOfAll?: true;
}

/** @param hasSource somebody is known who gives credentials: that there are none may pass. */
export function meaningOf(error: unknown, hasSource: boolean): Meaning {
  if (lacksCredentials(error))
    return hasSource
      ? { kind: 'silent', why: credentialsLate }
      : { kind: 'closed', why: noCredentials, isOfAll: true };
  if (!isOfService(error) || !isCode(error.name)) return { kind: 'silent', why: reasonOf(error) };
  const status = error.$metadata.httpStatusCode ?? 0;
  const isRefusal = status >= 300 && status < 500 && !passing.has(error.name);
  const kind = isRefusal ? 'closed' : 'silent';
  if (error instanceof S3ServiceException) return { kind, why: `S3 says ${error.name}` };
  const what = isRefusal ? 'refuses' : 'does not answer for';
  return { kind, why: `AWS ${what} the worker's role: ${error.name}` };
}

/** An answer that S3 would not give. */
export class Garbled extends Error {
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

/** There are none, as far as could be found out: the SDK does not tell who was asked for them, nor what they said. */
const lacksCredentials = (error: unknown): boolean =>
  error instanceof Error && error.name === 'CredentialsProviderError';

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

const credentialsLate =
  "who gives the worker's role its credentials for S3 does not answer, or has none for it";

function reasonOf(error: unknown): string {
  const isCut = error instanceof Error && error.name === 'AbortError';
  if (isCut) return 'no answer in time';
  const isOfSystem = error instanceof Error && 'code' in error;
  return isOfSystem ? systemReason(error) : 'the answer is not one of S3 (SLUICE_S3_ENDPOINT)';
}
