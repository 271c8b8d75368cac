import { z } from 'zod';
import { isRefusal, unreachable } from './answers.ts';
import { readReply } from './replies.ts';

/** Objects per page: an answer with so many pods is well below what a connection takes, whatever their templates. */
const pageSize = 500;

/** Nobody has so many objects of ours: what goes on after that has no end. */
const mostPages = 100;

/** A list that is read for longer than etcd keeps its past (5 min) begins anew, but not for ever. */
const mostTries = 3;

/** Where only metadata was asked for and there is none, the API server writes `null`. */
const noMetadata = z.looseObject({ kind: z.literal('PartialObjectMetadataList'), items: z.null() });

const page = z.preprocess(
  (reply) => {
    const { data } = noMetadata.safeParse(reply);
    return data ? { ...data, items: [] } : reply;
  },
  z.object({
    metadata: z
      .object({ continue: z.string().default('') })
      .loose()
      .default({ continue: '' }),
    items: z.array(z.unknown()),
  }),
);

type Page = z.output<typeof page>;

/** Asks for one page; without `continue`: the first. */
type Ask = (query: { limit: string; continue?: string }) => Promise<unknown>;

/**
 * A whole list, page by page: all of them show the collection as it was at one moment, of which the first one names the
 * version, so that what is on none of them was not there.
 * @throws {Unreachable} what came back is no list, or it could not be read to its end.
 */
export async function listPages(what: string, ask: Ask): Promise<Page> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const whole = await readAll(what, ask);
    if (whole) return whole;
  }
  throw unreachable(`${what}: its pages expire before they are read`);
}

/** The first page alone, for what may be of any number. */
export const firstPage = (ask: Ask): Promise<unknown> => ask({ limit: String(pageSize) });

/** `undefined`: what is left of it has expired. */
async function readAll(what: string, ask: Ask): Promise<Page | undefined> {
  const whole = readReply(page, await firstPage(ask));
  let next = whole.metadata.continue;
  for (let pages = 1; next !== ''; pages += 1) {
    if (pages === mostPages) throw unreachable(`${what}: more than ${mostPages} pages`);
    const answer = await ask({ limit: String(pageSize), continue: next }).catch(unlessExpired);
    if (answer === undefined) return undefined;
    const { metadata, items } = readReply(page, answer);
    whole.items.push(...items);
    next = metadata.continue;
  }
  return whole;
}

function unlessExpired(error: unknown): undefined {
  if (isRefusal(error, 410)) return undefined;
  throw error;
}
