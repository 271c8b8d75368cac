import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connectionSettings } from './connection.ts';
import { temporaryFolder } from './testing/server.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const base = { address: 'temporal.example.com:7233', namespace: 'default' };
function file(name: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, name);
  return path;
}

test('without anything said the connection is plain, and `tls` alone makes it TLS', () => {
  expect(connectionSettings(base)).toEqual({ address: base.address, tls: false });
  expect(connectionSettings({ ...base, tls: true }).tls).toEqual({});
});

test('an API key, a certificate or a server name implies TLS, unless that is switched off', () => {
  expect(connectionSettings({ ...base, apiKey: 'key' })).toMatchObject({ apiKey: 'key', tls: {} });
  expect(connectionSettings({ ...base, tlsServerName: 'inner' }).tls).toEqual({
    serverNameOverride: 'inner',
  });
  expect(connectionSettings({ ...base, tlsServerCaPath: file('ca.pem') }).tls).toEqual({
    serverRootCACertificate: Buffer.from('ca.pem'),
  });
  expect(connectionSettings({ ...base, apiKey: 'key', tls: false }).tls).toBe(false);
});

test('mutual TLS takes both files', () => {
  const pair = { tlsClientCertPath: file('crt.pem'), tlsClientKeyPath: file('key.pem') };
  expect(connectionSettings({ ...base, ...pair }).tls).toEqual({
    clientCertPair: { crt: Buffer.from('crt.pem'), key: Buffer.from('key.pem') },
  });
  expect(() => connectionSettings({ ...base, tlsClientCertPath: pair.tlsClientCertPath })).toThrow(
    'TEMPORAL_TLS_CLIENT_KEY_PATH is missing: mutual TLS needs both',
  );
});

test('a file that cannot be read is named by its setting', () => {
  expect(() => connectionSettings({ ...base, tlsServerCaPath: '/nowhere/ca.pem' })).toThrow(
    /^TEMPORAL_TLS_SERVER_CA_CERT_PATH cannot be read: ENOENT/,
  );
});
