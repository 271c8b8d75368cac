import type { RequestOptions } from 'node:https';
import { Agent, buildConnector } from 'undici';

/** A connection that shows a certificate is replaced after so long: an expired one is refused call by call, in ms. */
const shownForMs = 60_000;

/**
 * Connections to an API server. What we show and whom we trust is asked for each of them, so that renewed certificates
 * count from the next on; a session of an earlier one is never resumed.
 * @param security what the kubeconfig gives at the moment. @param isShown it gives a certificate.
 */
export function openAgent(
  security: () => Promise<RequestOptions>,
  isShown: boolean,
  { callTimeoutMs, maxReplyBytes }: { callTimeoutMs: number; maxReplyBytes: number },
): Agent {
  const limits = { timeout: callTimeoutMs, maxCachedSessions: 0 };
  return new Agent({
    connect: (options, callback) => {
      // Files that make no sense are found out where they are used, which throws.
      security()
        .then((given) => buildConnector({ ...tlsOf(given), ...limits })(options, callback))
        .catch((error: Error) => callback(error, null));
    },
    maxResponseSize: maxReplyBytes,
    clientTtl: isShown ? shownForMs : null,
  });
}

const tlsOf = ({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions) =>
  Object.fromEntries(
    Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined,
    ),
  );
