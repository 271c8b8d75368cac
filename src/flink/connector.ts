import { buildConnector } from 'undici';
import { type CertificateFiles, readCertificates } from './certificates.ts';

/** A cluster speaks TLS, and we have nothing to show it. */
class NoCertificate extends Error {
  readonly code = 'NO_CERTIFICATE';
}

/**
 * Opens connections to JobManagers: in the clear where the address says `http:`, by mutual TLS where it says `https:`. The
 * name in the address must be in Flink's certificate. Certificates are read for each connection, so that renewed ones
 * count from the next on; a session of an earlier one is never resumed.
 */
export function connectorTo(
  timeoutMs: number,
  files: CertificateFiles | undefined,
): buildConnector.connector {
  const inTheClear = buildConnector({ timeout: timeoutMs });
  const secured = async () => {
    if (!files) throw new NoCertificate();
    const certificates = await readCertificates(files);
    return buildConnector({
      ...certificates,
      minVersion: 'TLSv1.2',
      timeout: timeoutMs,
      maxCachedSessions: 0,
      // Flink speaks HTTP/1.1 only.
      allowH2: false,
    });
  };
  return (options, callback) => {
    if (options.protocol !== 'https:') return inTheClear(options, callback);
    // Files that make no sense are found out where they are used, which throws.
    secured()
      .then((connect) => connect(options, callback))
      .catch((error: Error) => callback(error, null));
  };
}
