/**
 * IPv4 blocks that are not the public internet (IANA special-purpose registry): this network, private, carrier NAT,
 * loopback, link-local (cloud metadata), protocol assignments, documentation, 6to4 relays, benchmarking, multicast,
 * reserved, broadcast.
 */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/**
 * Of IPv6 only 2000::/3 is public, and of that not: protocol assignments with Teredo, documentation, and 6to4, which
 * carries an IPv4 address. All else (loopback, unspecified, unique local, link-local, multicast, v4-mapped, NAT64) is
 * outside of 2000::/3. No block is longer than 32 bits.
 */
const global6 = ['2000::', 3] as const;
const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** Whether an address belongs to the public internet (N01 to N05). Anything that is no plain address does not. */
export function isPublicAddress(address: string): boolean {
  const four = bits4(address);
  if (four !== undefined) return !special4.some((block) => isIn(four, block, bits4));
  const six = first32Of6(address);
  if (six === undefined || !isIn(six, global6, first32Of6)) return false;
  return !special6.some((block) => isIn(six, block, first32Of6));
}

/** Whether a text is an IPv4 address as the URL parser writes it. */
export const isAddress4 = (text: string): boolean => bits4(text) !== undefined;

type Block = readonly [network: string, prefix: number];

const isIn = (
  bits: number,
  [network, prefix]: Block,
  read: (address: string) => number | undefined,
): boolean => bits >>> (32 - prefix) === (read(network) ?? 0) >>> (32 - prefix);

function bits4(address: string): number | undefined {
  const bytes = address.split('.');
  const plain = bytes.length === 4 && bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte));
  if (!plain || bytes.some((byte) => Number(byte) > 255)) return undefined;
  return bytes.reduce((bits, byte) => bits * 256 + Number(byte), 0);
}

/** An address with a zone or an IPv4 part is none here; no public one is written so. */
function first32Of6(address: string): number | undefined {
  const [head = '', tail, ...more] = address.split('::');
  const front = groupsIn(head);
  const back = groupsIn(tail ?? '');
  const left = 8 - front.length - back.length;
  const complete = tail === undefined ? left === 0 : left > 0;
  const groups = [...front, ...back];
  if (!complete || more.length > 0 || !groups.every((group) => /^[\da-f]{1,4}$/i.test(group)))
    return undefined;
  const all = [...front, ...Array.from({ length: left }, () => '0'), ...back];
  return Number.parseInt(all[0] ?? '', 16) * 65_536 + Number.parseInt(all[1] ?? '', 16);
}

const groupsIn = (text: string): string[] => (text === '' ? [] : text.split(':'));
