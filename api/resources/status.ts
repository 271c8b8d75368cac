import type { ApiDeps } from '../deps.ts';
import { statusReply, systemInfo } from '../openapi/shapes/platform.ts';
import { reply } from '../replies/reply.ts';
import type { Route } from '../route.ts';

const tag = 'Status';

/** What clients of the original ask the platform about itself (api.md 2.11). */
export const statusRoutes = ({ settings }: ApiDeps): Route[] => [
  {
    method: 'get',
    path: '/api/v1/status',
    tag,
    summary: 'That the API answers',
    replies: { 200: { description: 'It does', schema: statusReply } },
    handle: (c) => reply(c, { status: 'ok' }),
  },
  {
    method: 'get',
    path: '/api/v1/status/system-info',
    tag,
    summary: 'The reported version and quota',
    replies: { 200: { description: 'The version', schema: systemInfo } },
    handle: (c) => reply(c, systemInformation(settings.reportedVersion)),
  },
];

/** Clients read every part of this unchecked, so parts that mean nothing here are sent too, with neutral values. */
const systemInformation = (buildVersion: string) => ({
  kind: 'SystemInformation',
  apiVersion: 'v1',
  status: {
    jvmVersion: `Node.js ${process.versions.node}`,
    revisionInformation: {
      commitShaLong: '',
      commitShaShort: '',
      buildVersion,
      buildTime: '',
    },
    resourceQuota: {
      spec: { type: 'UNLIMITED', limits: { cpu: 0 }, toleratedOveruse: { cpu: 0 } },
      status: { used: { cpu: 0 } },
    },
  },
});
