import {
  type DeploymentBody,
  type DocumentSettings,
  jsonBytes,
  maxDocumentBytes,
  utf8Bytes,
} from '../document/index.ts';
import type { TransitionSettings } from '../settings.ts';

export interface ApplyChangeRequest {
  requestId: string;
  verb: 'patch' | 'put';
  body: DeploymentBody;
  /** `If-Match`: refused with Conflict unless `metadata.resourceVersion` is this. */
  ifResourceVersion?: number;
  /** PUT only: gaps are filled from the defaults of the namespace (api.md 1.5). */
  applyDefaults?: boolean;
  /** Present settings of the server; they apply from this change on, `documentSettings` from a change of the spec. */
  documentSettings: DocumentSettings;
  settings: TransitionSettings;
  /** What the sender knows of the outer world and the workflow cannot: that the target named does not exist. */
  warnings?: string[];
}
export interface MarkDeletedRequest {
  requestId: string;
  ifResourceVersion?: number;
}
export interface TriggerSavepointRequest {
  requestId: string;
}
export interface RegisterSavepointRequest {
  requestId: string;
  location: string;
  flinkSavepointId?: string;
  specVersion?: number;
}

/** What each kind of request must have, and as what; anybody who reaches Temporal can send an update (M36). */
const shapes = {
  applyChange: { verb: 'string', body: 'object', documentSettings: 'object', settings: 'object' },
  markDeleted: {},
  requestSavepoint: {},
  registerSavepoint: { location: 'string' },
} as const;

export type RequestKind = keyof typeof shapes;

/** Longest of their texts, in bytes, and the server's settings: the state keeps what requests hold (0007). */
const maxTextBytes: Record<string, number> = { requestId: 256, flinkSavepointId: 64 };
const maxLocationBytes = 2_048;
const maxSettingsBytes = maxDocumentBytes;

/** Says what is wrong with an update's argument before anything reads it; garbage is refused and harms nothing (F64). */
export function malformed(kind: RequestKind, request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null) return 'the request must be an object';
  const fields = new Map<string, unknown>(Object.entries(request));
  const needed: Record<string, string> = { requestId: 'string', ...shapes[kind] };
  for (const [name, type] of Object.entries(needed)) {
    const value = fields.get(name);
    if (typeof value !== type || value === null || value === '')
      return `the request needs ${name} as ${type}`;
  }
  const warnings = fields.get('warnings') ?? [];
  if (!Array.isArray(warnings) || !warnings.every((text) => typeof text === 'string'))
    return 'the request needs warnings as a list of texts';
  return tooLong(fields);
}

function tooLong(fields: Map<string, unknown>): string | undefined {
  for (const [name, value] of fields) {
    const most = maxTextBytes[name] ?? maxLocationBytes;
    if (typeof value === 'string' && utf8Bytes(value) > most)
      return `${name} must be at most ${most} bytes long`;
  }
  const settings = jsonBytes(
    ['settings', 'documentSettings', 'warnings'].map((name) => fields.get(name) ?? null),
  );
  return settings > maxSettingsBytes
    ? `the settings of the server must be at most ${maxSettingsBytes} bytes`
    : undefined;
}
