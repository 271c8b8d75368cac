import type { ZodType } from 'zod';
import type { ApiContext } from './env.ts';

/** One operation: what it answers to, what the API description says of it, and what it does. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form: `/api/v1/namespaces/{ns}/deployments/{idOrName}`. */
  path: string;
  summary: string;
  tag: string;
  /** Names of optional query parameters with their meaning. */
  query?: Readonly<Record<string, string>>;
  /** The same for those that must be there. */
  requiredQuery?: Readonly<Record<string, string>>;
  /** Names of optional request headers with their meaning. */
  headers?: Readonly<Record<string, string>>;
  /** Shape of the request body, for the API description; bodies are parsed by hand (api.md 1.8). */
  body?: BodyDescription;
  /** Replies of success by status; errors are the same everywhere (api.md 1.9). */
  replies: Readonly<Record<number, ReplyDescription>>;
  /** JSON only: the platform's APIs know no YAML (api.md 1.2). */
  jsonOnly?: boolean;
  handle: (c: ApiContext) => Response | Promise<Response>;
}

export interface BodyDescription {
  description: string;
  /** `file`: a multipart form with the one part `file`. */
  schema: ZodType | 'file';
}

export interface ReplyDescription {
  description: string;
  /** Absent: any JSON object. */
  schema?: ZodType;
  /** Media type of a reply that is no document but a text. */
  text?: string;
}

/** Header of changes that may be made conditional (api.md 1.7). */
export const locking = { 'If-Match': 'Only if metadata.resourceVersion is this; else 412' };

/** Header of changes that a client may repeat. */
export const repeatable = { 'Idempotency-Key': 'Makes a repeated request the same request' };
