import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { systemReason } from './system-reason.ts';

const failure = (work: Promise<unknown>) => work.then(() => undefined, systemReason);

test('what Node and undici say is said in our words, with the code and the path', async () => {
  expect(await failure(readFile('/no/such'))).toBe('it does not exist (ENOENT, /no/such)');
  expect(await failure(readFile('/proc'))).toBe('it is a directory (EISDIR)');
  const nobody = request('http://127.0.0.1:1');
  expect(await failure(nobody)).toBe('nobody listens there (ECONNREFUSED)');
});

test('what is not known keeps its code, and nothing of its text', () => {
  const strange = Object.assign(new Error('errno 7 at 0xdead'), { code: 'ESTRANGE' });
  expect(systemReason(strange)).toBe('it failed (ESTRANGE)');
  expect(systemReason(new TypeError('x is not a function'))).toBe('it failed (TypeError)');
  expect(systemReason('text')).toBe('it failed');
});
