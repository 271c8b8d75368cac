import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { bareHost, isAllowedHost, notFetchable, type UriRules } from '../core/artifact-uri.ts';
import { Refused, Unreachable } from '../core/errors/index.ts';
import { isPublicAddress } from '../core/public-address.ts';
import { errorCode } from './file-errors.ts';

/** Time limits of one fetch, in ms. */
export interface FetchTimes {
  connectMs: number;
  /** Longest silence while headers or content are awaited. */
  idleMs: number;
}

/** Resolves a name to all its addresses; a parameter, so that tests have a resolver of their own. */
export type Lookup = (hostname: string) => Promise<LookupAddress[]>;

/** The system's resolver, all addresses. */
export const systemLookup: Lookup = (hostname) => dns.lookup(hostname, { all: true });

/**
 * An HTTP agent that looks at every address before it connects. The check and the connection use one and the same
 * resolved address, so a name that changes its mind in between (DNS rebinding, N05) changes nothing; it holds for each
 * redirect as well, since each is a new connection through here.
 */
export function guardedAgent(rules: UriRules, times: FetchTimes, lookup: Lookup): Agent {
  const dial = buildConnector({ timeout: times.connectMs });
  return new Agent({
    headersTimeout: times.idleMs,
    bodyTimeout: times.idleMs,
    // A connection is judged when it is made; none is kept for a fetch under other rules or addresses.
    pipelining: 0,
    connect: (options, callback) => {
      pinnedAddress(options.hostname, String(options.port), rules, lookup).then(
        // `host` stays as it was: the TLS name and the Host header are still the URL's.
        (address) => dial({ ...options, hostname: address }, callback),
        (error) => callback(error, null),
      );
    },
  });
}

/** All addresses of the host must be public; the first is used. @throws {Refused} @throws {Unreachable} */
async function pinnedAddress(
  hostname: string,
  port: string,
  rules: UriRules,
  lookup: Lookup,
): Promise<string> {
  const host = bareHost(hostname);
  const addresses = isIP(host) !== 0 ? [host] : await resolved(host, lookup);
  const [first] = addresses;
  const allowed = addresses.every(isPublicAddress) || isAllowedHost(host, port, rules);
  if (first !== undefined && allowed) return first;
  throw new Refused('ARTIFACT_REFUSED', `The artifact's host ${host} ${notFetchable}.`);
}

/** That a name does not exist is an answer; that the resolver is away is none (S25). */
async function resolved(host: string, lookup: Lookup): Promise<string[]> {
  try {
    return (await lookup(host)).map(({ address }) => address);
  } catch (error) {
    const message = `The artifact's host ${host} ${notFetchable}.`;
    if (errorCode(error) === 'ENOTFOUND') {
      throw new Refused('ARTIFACT_NOT_FOUND', message, { cause: error });
    }
    throw new Unreachable('ARTIFACT_UNAVAILABLE', `The name ${host} could not be looked up.`, {
      cause: error,
    });
  }
}
