import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { createApi } from './api.ts';
import { type Connection, openConnection } from './connection.ts';
import { forever } from './testing/clusters.ts';

let folder: string;
let server: Http2SecureServer;
const sessions = new Set<ServerHttp2Session>();
/** Whose certificate the API server takes. */
let known: string;
let connection: Connection | undefined;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-agent-'));
  await makeCertificates(folder, { name: 'IP:127.0.0.1' });
  const [key, cert, ca] = ['flink.key', 'flink.crt', 'ca.crt'].map((one) =>
    readFileSync(file(one)),
  );
  // By HTTP/2, as the API server does: all calls share one connection, which is never idle.
  server = createSecureServer({ key, cert, ca, requestCert: true }, ({ stream }, reply) => {
    const { socket } = stream.session ?? {};
    const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : '';
    if (shown === known) reply.end(JSON.stringify({ shown }));
    else reply.writeHead(401).end(JSON.stringify({ kind: 'Status', reason: 'Unauthorized' }));
  });
  server.on('session', (session) => sessions.add(session)).listen(0, '127.0.0.1');
  await once(server, 'listening');
}, 60_000);
afterAll(() => {
  for (const session of sessions) session.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  known = 'worker';
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await connection?.close();
});

async function apiFor(user: object) {
  const { port } = server.address() as AddressInfo;
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') };
  const content = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(file('config'), JSON.stringify(content));
  const limits = { callTimeoutMs: 5_000, maxReplyBytes: 1_000_000 };
  connection = await openConnection({ ...limits, kubeconfig: file('config') });
  return createApi(connection, limits.callTimeoutMs);
}

/** From now on this certificate is the one at the place that the kubeconfig names. */
function issue(name: string): void {
  for (const kind of ['crt', 'key']) copyFileSync(file(`${name}.${kind}`), file(`ours.${kind}`));
}

const program = () => ({
  apiVersion: 'client.authentication.k8s.io/v1',
  command: process.execPath,
  args: ['--eval', printsCredential, file('ours')],
});
const printsCredential = `
  const [ours] = process.argv.slice(1);
  const read = (kind) => require('node:fs').readFileSync(ours + '.' + kind, 'utf8');
  const status = { clientCertificateData: read('crt'), clientKeyData: read('key') };
  console.log(JSON.stringify({ kind: 'ExecCredential', status }));`;

test.each([
  ['in files', () => ({ 'client-certificate': file('ours.crt'), 'client-key': file('ours.key') })],
  ['of a login program', () => ({ exec: program() })],
])('certificates %s are renewed under a connection that is never idle', async (_, user) => {
  issue('worker');
  const api = await apiFor(user());
  const get = () => api.get('/api/v1/namespaces/a/pods', 'p', forever);
  expect(await get()).toEqual({ shown: 'worker' });
  issue('flink');
  known = 'flink';
  await expect(get()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  vi.advanceTimersByTime(61_000);
  expect(await get()).toEqual({ shown: 'flink' });
});
