import { isIPv4, isIPv6 } from 'node:net';

/** Whether a host name or address can only mean this machine. Brackets of IPv6 are allowed. */
export function isLoopbackHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (isIPv4(name)) return name.startsWith('127.');
  if (isIPv6(name)) return name === '::1';
  return name === 'localhost' || name.endsWith('.localhost');
}

/**
 * Why the server must not listen there, or undefined (design.md 4): off loopback everybody on the network could run
 * code on the clusters, so a token is needed.
 */
export function listenProblem(host: string, token: string | undefined): string | undefined {
  if (token !== undefined && token.length < 16) {
    return 'The configured token is shorter than 16 characters and could be guessed; choose a longer one.';
  }
  if (token !== undefined || isLoopbackHost(host)) return undefined;
  return `Listening on "${host}" without a token would let everyone on the network run code; configure a token, or listen on 127.0.0.1.`;
}
