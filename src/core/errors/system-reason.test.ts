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

test.each([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'it refuses our certificate'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'it refuses our certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'it refuses our certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is of an authority that is not ours'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'TLS failed'],
  ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'our own certificate or key makes no sense'],
])('%s is a matter of certificates: %s', (code, reason) => {
  const error = Object.assign(new Error('x'), { code });
  expect(systemReason(error)).toBe(`${reason} (${code})`);
});

test('what is not known keeps its code, and nothing of its text', () => {
  const strange = Object.assign(new Error('errno 7 at 0xdead'), { code: 'ESTRANGE' });
  expect(systemReason(strange)).toBe('it failed (ESTRANGE)');
  expect(systemReason(new TypeError('x is not a function'))).toBe('it failed (TypeError)');
  expect(systemReason('text')).toBe('it failed');
});
