/** What the codes of Node, libuv and undici mean, as the end of a sentence. */
const words: Record<string, string> = {
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  EROFS: 'the file system can only be read',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EEXIST: 'it exists already',
  ENOTEMPTY: 'the directory is not empty',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's share of the disk is full",
  EIO: 'the disk has failed',
  ESTALE: 'the storage was mounted anew',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENOMEM: 'the host has no memory left',
  EAGAIN: 'the host has no room for it now',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no way leads to the host',
  EHOSTDOWN: 'no way leads to the host',
  ENETUNREACH: 'no way leads to the host',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
  UND_ERR_DESTROYED: 'the connection was closed',
  UND_ERR_CLOSED: 'the connection was closed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  NO_CERTIFICATE: 'it speaks TLS, and SLUICE_FLINK_TLS_CERT is not set here',
};

/** Families of codes, of OpenSSL mostly: the first that fits counts. */
const families: readonly [RegExp, string][] = [
  [/^HPE_/, 'the answer is not HTTP'],
  [/ALERT_.*(CERTIFICATE|UNKNOWN_CA)/, 'it refuses our certificate'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED)_CERT|^UNABLE_TO_(GET_ISSUER|VERIFY)/,
    'its certificate is of an authority that is not ours',
  ],
  [/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH)/, 'it does not speak TLS'],
  [/^ERR_OSSL_/, 'our own certificate or key makes no sense'],
  [/^ERR_SSL_|^EPROTO$/, 'TLS failed'],
];

/**
 * Why the operating system or a connection failed, in our words and not in a library's, with the code to look it up by
 * and the path it was about: `this user has no permission (EACCES, /data)`.
 */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const reason = words[code] ?? families.find(([family]) => family.test(code))?.[1] ?? 'it failed';
  const path = 'path' in error && typeof error.path === 'string' ? `, ${error.path}` : '';
  return `${reason} (${code}${path})`;
}
