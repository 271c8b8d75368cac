import { expect, test } from 'vitest';
import { mountAmong, mountOf } from './mounts.ts';

const list = [
  '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '30 22 0:28 / /data rw - nfs4 nas:/data rw,vers=4.2',
  '31 30 0:29 / /data/slow\\040one rw shared:5 - nfs nas:/slow rw',
  '',
].join('\n');

test.each([
  ['/data', '/data'],
  ['/data/c/ab12', '/data'],
  ['/database/c', '/'],
  ['/data/slow one/c', '/data/slow one'],
  ['/', '/'],
])('%s is on what is mounted at %s', (path, mount) => {
  expect(mountAmong(list, path)).toBe(mount);
});

test('where there is no list all is one', () => {
  expect(mountAmong('', '/data/c')).toBe('/');
});

test.runIf(process.platform === 'linux')("the kernel's own list is read", () => {
  expect(mountOf('/proc/self')).toBe('/proc');
});
