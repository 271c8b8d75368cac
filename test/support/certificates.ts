import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CertificateFiles } from '../../src/flink/certificates.ts';
import { read } from '../docs/document.ts';

/** The one block of shell in docs/kubernetes.md with this in it. */
function documented(part: string): string {
  const blocks = [...read('docs/kubernetes.md').matchAll(/^```sh\n(.*?)^```/gms)];
  const [found, ...others] = blocks.flatMap(([, script]) =>
    script?.includes(part) ? [script] : [],
  );
  if (found === undefined || others.length > 0) throw new Error(`not one block with ${part}`);
  return found;
}

/** The password of the stores, where a test must know it. */
export const storesPassword = 'canary-of-the-stores';

/**
 * An authority of its own, and all files that the document makes with it.
 * @param folder to make them in.
 * @param as Flink's name and the kind of the keys, as openssl takes them.
 */
export async function makeCertificates(
  folder: string,
  { name, key = 'rsa:2048' }: { name: string; key?: string },
): Promise<void> {
  const script = documented('keytool')
    .replace('$(openssl rand -hex 24)', storesPassword)
    .replace('DNS:*.flink.svc', name)
    .replaceAll('rsa:2048', key);
  await shell(script, folder);
}

/**
 * Makes Secrets of such files.
 * @param namespaces of Flink, and of Sluice.
 * @param path `PATH` with `kubectl`.
 */
export async function makeTlsSecrets(
  folder: string,
  namespaces: { flink: string; sluice: string },
  path: string,
): Promise<void> {
  const script = documented('create secret generic flink-tls')
    .replace('-n flink ', `-n ${namespaces.flink} `)
    .replace('-n sluice ', `-n ${namespaces.sluice} `);
  await shell(script, folder, { ...process.env, PATH: path, PASSWORD: storesPassword });
}

/** What the worker has of them. */
export const workersFiles = (folder: string): CertificateFiles => ({
  ca: join(folder, 'ca.crt'),
  certificate: join(folder, 'worker.crt'),
  key: join(folder, 'worker.key'),
});

async function shell(script: string, cwd: string, env = process.env): Promise<void> {
  await promisify(execFile)('sh', ['-e', '-c', script], { cwd, env });
}
