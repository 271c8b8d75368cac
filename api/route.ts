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
  schema?: ZodType;
}
