import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { certificateProblems } from './certificates.ts';
import { createFlinkClient } from './create-client.ts';

const { signal } = new AbortController();

/** Three files of a folder of their own, with this in each. */
function filesWith(content: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-connector-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = {
    ca: join(folder, 'ca.crt'),
    certificate: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
  };
  for (const path of Object.values(files)) writeFileSync(path, content);
  return files;
}

/** What is said of a JobManager that is to be reached with such files. */
async function said(certificates?: ReturnType<typeof filesWith>): Promise<unknown> {
  const client = createFlinkClient({ certificates });
  onTestFinished(() => client.close());
  const asked = client.at('https://127.0.0.1:1', 'j').jobs(signal);
  return await asked.catch(({ code, message }) => `${code}: ${message}`);
}

// The files are another program's to write, at any time: whatever is in them, the worker lives on.
test('files that make no sense for a while are unreachability, not an accident', async () => {
  const half = '-----BEGIN CERTIFICATE-----\nMIIB';
  for (const content of ['', 'x', half])
    expect(await said(filesWith(content)), content).toMatch(/^FLINK_UNREACHABLE: .*makes no sense/);
});

test('a file that is not there is named', async () => {
  const files = filesWith('x');
  expect(await said({ ...files, key: '/no/key' })).toMatch(/does not exist \(ENOENT, \/no\/key\)/);
  expect(await certificateProblems({ ...files, key: '/no/key' })).toEqual([
    { file: 'ca', why: `${files.ca} holds no certificate in PEM` },
    { file: 'certificate', why: `${files.certificate} holds no certificate in PEM` },
    { file: 'key', why: '/no/key cannot be read: it does not exist (ENOENT, /no/key)' },
  ]);
});

test('without files, the setting is named', async () => {
  expect(await said()).toMatch(/^FLINK_UNREACHABLE: .*SLUICE_FLINK_TLS_CERT is not set/);
});
