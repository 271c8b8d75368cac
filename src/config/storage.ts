import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { setting } from './setting.ts';
import { flag, list, text, whole } from './values.ts';

/** At least one kind of target. */
const kinds = list.pipe(z.array(z.enum(['local', 'kubernetes'])).min(1));

/** Artifacts, state, and room for clusters. */
export const storageSettings = {
  SLUICE_BLOB_STORAGE: setting(
    z
      .string()
      .regex(/^[a-z][a-z0-9+.-]*:\/+[^/]/)
      .optional(),
    'URI',
    'blobStorage.baseUri: artifacts and state. Default: `storage` in the data directory.',
  ),
  SLUICE_STATE_DIRS: setting(
    list.refine((uris) => uris.every((uri) => /^[a-z][a-z0-9+.-]*:\/+[^/]/.test(uri))).prefault(''),
    'URIs, comma-separated',
    'State directories must lie under one of these; none: anywhere.',
  ),
  SLUICE_S3_ENDPOINT: setting(
    z.url({ protocol: /^https?$/ }).optional(),
    'http(s)://host[:port]',
    'S3 server on which workers look for the state of lost jobs. Default: Amazon’s.',
  ),
  SLUICE_S3_PATH_STYLE: setting(
    flag.prefault('false'),
    'true or false',
    'Buckets are in the path and not in the host name, as most servers other than Amazon’s want it.',
  ),
  AWS_REGION: setting(
    text.prefault('us-east-1'),
    'name',
    'Region of the buckets. Credentials for them are found as by AWS’ own tools.',
  ),
  SLUICE_ALLOWED_FILE_DIRS: setting(
    list.refine((paths) => paths.every((path) => isAbsolute(path))).prefault(''),
    'absolute paths, comma-separated',
    'Further directories `file:` artifacts may come from.',
  ),
  SLUICE_ALLOWED_HOSTS: setting(
    list.prefault(''),
    'host names, comma-separated',
    'Private hosts artifacts may be fetched from.',
  ),
  SLUICE_MAX_UPLOAD_BYTES: setting(
    whole(1).prefault(String(50 * 1024 * 1024)),
    'whole number >= 1',
    'artifacts.maxUploadBytes: largest artifact, in bytes.',
  ),
  SLUICE_ARTIFACT_LIST_LIMIT: setting(
    whole(1).prefault('1000'),
    'whole number >= 1',
    'artifacts.listLimit: most artifacts in one list.',
  ),
  SLUICE_TARGETS: setting(
    kinds.optional(),
    'local, kubernetes, or both, comma-separated',
    'Kinds of targets a worker serves. Default: local, and kubernetes where a cluster is known.',
  ),
  KUBECONFIG: setting(
    text.optional(),
    'file',
    'Cluster of the kubernetes targets. Inside a pod and without it: its service account.',
  ),
  SLUICE_MAX_CLUSTERS: setting(
    whole(1).optional(),
    'whole number >= 1',
    'Most Flink clusters on this host. Default: by memory and cores.',
  ),
};
