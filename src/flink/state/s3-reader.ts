import { Unreachable } from '../../core/errors/index.ts';
import { lazily } from '../../core/lazily.ts';
import { Closed, type StateReader, unlisted } from './reader.ts';
import type { S3, S3Settings } from './s3-client.ts';

/** A {@link StateReader} that holds connections. */
export interface S3Reader extends StateReader {
  close(): void;
}

/** Where nobody has given any, it takes seconds to find no credentials, for which no job is kept waiting at each step. */
const searchAgainMs = 60_000;

/** Who asked in vain for long does not ask the same bucket again for so long: steps ask more than once. */
const silentForMs = 5_000;

/** The only way to ask: a refusal is told apart from silence, whoever asks. */
type Ask = <T>(place: string, question: (s3: S3, at: Location) => Promise<T>) => Promise<T>;

/** Most pages of one directory, of a thousand entries each: one that has more is not read to its end, so not at all. */
const maxPages = 100;

/**
 * Reads buckets as Flink's S3 plugins name them. S3 lists what was written before it was asked, and an object is there as
 * a whole or not at all.
 */
export function createS3Reader(settings: S3Settings): S3Reader {
  let opened: S3 | undefined;
  let closed: { untilMs: number; why: string } | undefined;
  /** By bucket. */
  const silent = new Map<string, { untilMs: number; why: string }>();
  // The SDK takes 35 MB and a quarter of a second, which only those pay whose state is in a bucket.
  const sdk = lazily(() => import('./s3-client.ts'));
  const ask: Ask = async (place, question) => {
    const at = locationOf(place);
    if (!at) throw new Closed('it does not name a bucket as S3 does');
    if (closed && performance.now() < closed.untilMs) throw new Closed(closed.why);
    const quiet = silent.get(at.bucket);
    if (quiet && performance.now() < quiet.untilMs) throw unanswered(place, quiet.why);
    silent.delete(at.bucket);
    const { openS3 } = await sdk();
    opened ??= openS3(settings);
    const { meaningOf } = opened;
    const beganMs = performance.now();
    return await question(opened, at).catch((cause: unknown) => {
      const { kind, why, isOfAll } = meaningOf(cause);
      if (isOfAll) closed = { untilMs: performance.now() + searchAgainMs, why };
      if (kind === 'closed') throw new Closed(why, { cause });
      const nowMs = performance.now();
      if (nowMs - beganMs > settings.answerWithinMs / 2)
        silent.set(at.bucket, { untilMs: nowMs + silentForMs, why });
      throw unanswered(place, why, cause);
    });
  };
  return {
    knows: (place) => scheme.test(place),

    listing: async (directory) => {
      try {
        const page = await ask(directory, (s3, { bucket, key }) =>
          s3.page({ bucket, prefix: prefixOf(key), limit: 1 }),
        );
        return page.keys.length > 0 ? { kind: 'listable' } : { kind: 'closed', why: empty };
      } catch (error) {
        return unlisted(error);
      }
    },

    list: (directory) => ask(directory, namesBelow),

    // A list, and not a HEAD: whose 404 may be anybody's, and mean the bucket.
    has: (file) =>
      ask(file, async (s3, { bucket, key }) => {
        const { keys } = await s3.page({ bucket, prefix: key, limit: 1 });
        return keys[0] === key;
      }),

    beginningOf: (file, bytes) => ask(file, (s3, at) => s3.beginningOf(at, bytes)),

    close: () => {
      opened?.close();
    },
  };
}

const unanswered = (place: string, why: string, cause?: unknown): Unreachable =>
  new Unreachable('STORAGE_UNAVAILABLE', `S3 does not answer for ${place}: ${why}`, { cause });

/**
 * A bucket has no empty directories. Of one that never had a job nothing is lost by not believing this; a bucket of the
 * same name on another server, where a setting is wrong, looks the same.
 */
const empty =
  'nothing lies below it: no job has written there yet, or it is not the bucket that Flink writes to (SLUICE_S3_ENDPOINT)';

async function namesBelow(s3: S3, { bucket, key }: Location): Promise<string[]> {
  const prefix = prefixOf(key);
  const names: string[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await s3.page({ bucket, prefix, folders: true, after });
    for (const entry of [...page.folders, ...page.keys])
      names.push(entry.slice(prefix.length).replace(/\/$/, ''));
    if (page.next === undefined) return names.filter((name) => name !== '');
    after = page.next;
  }
  throw new Closed(`it has more than ${maxPages * 1_000} entries`);
}

interface Location {
  bucket: string;
  key: string;
}

const scheme = /^s3[ap]?:\/\//i;

/** A name and nothing else: an ARN, a user or a port would send the question elsewhere. Keys are as Flink's paths: raw. */
function locationOf(place: string): Location | undefined {
  const found = /^s3[ap]?:\/\/([a-z0-9][\w.-]{0,62})(?:\/+(.*))?$/is.exec(place);
  if (!found) return undefined;
  const [, bucket = '', key = ''] = found;
  return { bucket, key: key.replace(/\/{2,}/g, '/').replace(/\/$/, '') };
}

const prefixOf = (key: string): string => (key === '' ? '' : `${key}/`);
