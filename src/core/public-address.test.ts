import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

test('the blocks end where the registry says (N01 to N05)', () => {
  for (const address of [
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '2606:4700::1111',
  ]) {
    expect(isPublicAddress(address), address).toBe(true);
  }
  for (const address of [
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'x',
    '',
  ]) {
    expect(isPublicAddress(address), address).toBe(false);
  }
});

test('Node counts the bits of a prefix alike, whatever the address (N02)', () => {
  const node = new BlockList();
  node.addSubnet('2000::', 3, 'ipv6');
  const special = new BlockList();
  for (const [network, prefix] of special6) special.addSubnet(network, prefix, 'ipv6');
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      // One that carries an IPv4 address in decimals is never a public one.
      const expected = node.check(address, 'ipv6') && !special.check(address, 'ipv6');
      expect(isPublicAddress(address)).toBe(expected && !address.includes('.'));
    }),
  );
});

const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;
