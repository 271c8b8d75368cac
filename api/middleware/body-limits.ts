import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ApiEnv } from '../env.ts';
import { maxBodyBytes, tooLarge } from '../parsing/limits.ts';

/** Room for the multipart framing around an artifact of the largest size. */
const multipartOverhead = 64 * 1024;

/**
 * Bounds every body before a token is looked at or a byte is parsed (N16). A document is read into memory here; an
 * upload is only judged by what it announces, and counted again while it streams.
 */
export function bodyLimits(maxUploadBytes: number): MiddlewareHandler<ApiEnv> {
  const documents = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw tooLarge(maxBodyBytes);
    },
  });
  return async (c, next) => {
    if (!isUpload(c.req.method, c.req.path)) return documents(c, next);
    const announced = Number(c.req.header('content-length') ?? 0);
    if (announced > maxUploadBytes + multipartOverhead) throw tooLarge(maxUploadBytes);
    return next();
  };
}

const isUpload = (method: string, path: string): boolean =>
  method === 'POST' && path.endsWith('/artifacts:upload');
