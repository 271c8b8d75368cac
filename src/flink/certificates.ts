import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemReason } from '../core/errors/index.ts';

/** Paths of PEM files: who must have certified Flink, and who we are. */
export interface CertificateFiles {
  ca: string;
  certificate: string;
  key: string;
}

/** The files as they are now: whoever issues certificates renews them in place. @throws what reading them throws. */
export async function readCertificates(files: CertificateFiles) {
  const [ca, cert, key] = await Promise.all([
    readFile(files.ca),
    readFile(files.certificate),
    readFile(files.key),
  ]);
  return { ca, cert, key };
}

/** Why the files cannot be used, by file. Asked at the start, so that a slip is told before anything waits for it. */
export async function certificateProblems(
  files: CertificateFiles,
): Promise<{ file: keyof CertificateFiles; why: string }[]> {
  const certificateIn = (pem: Buffer) => new X509Certificate(pem);
  const [ca, certificate, key] = await Promise.all([
    readPem(files.ca, 'certificate', certificateIn),
    readPem(files.certificate, 'certificate', certificateIn),
    readPem(files.key, 'private key without a passphrase', createPrivateKey),
  ]);
  const read = Object.entries({ ca, certificate, key } as const);
  const problems = read.flatMap(([file, { why }]) =>
    why === undefined ? [] : [{ file: file as keyof CertificateFiles, why }],
  );
  if (certificate.value && key.value && !certificate.value.checkPrivateKey(key.value)) {
    const why = `${files.key} is not the key of the certificate in ${files.certificate}`;
    problems.push({ file: 'key', why });
  }
  return problems;
}

async function readPem<T>(
  path: string,
  what: string,
  parse: (pem: Buffer) => T,
): Promise<{ value: T; why?: undefined } | { value?: undefined; why: string }> {
  try {
    const pem = await readFile(path);
    try {
      return { value: parse(pem) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { why: `${path} holds no ${what} in PEM` };
    }
  } catch (error) {
    return { why: `${path} cannot be read: ${systemReason(error)}` };
  }
}
