import { ApiProblem } from '../errors/api-problem.ts';

export type BodyFormat = 'json' | 'yaml' | 'unnamed';

const jsonTypes = ['application/json', 'application/merge-patch+json'];
const yamlTypes = ['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml'];

/**
 * Format of a request body by its Content-Type (api.md 1.2); without one the body is tried as JSON, then as YAML.
 * @throws {ApiProblem} 415 for any other type, and for a charset other than UTF-8.
 */
export function bodyFormat(contentType: string | undefined): BodyFormat {
  if (contentType === undefined || contentType.trim() === '') return 'unnamed';
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice(8);
  if (charset !== undefined && !/^"?(utf-?8|us-ascii)"?$/.test(charset))
    throw unsupported(contentType);
  if (jsonTypes.includes(type)) return 'json';
  if (yamlTypes.includes(type)) return 'yaml';
  throw unsupported(contentType);
}

/** 415, naming what is accepted. */
export const unsupported = (
  contentType: string,
  accepted = 'application/json or application/yaml (UTF-8)',
) =>
  new ApiProblem({
    status: 415,
    code: 'INVALID_ARGUMENT',
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    message: `Content-Type "${contentType}" is not supported here; send ${accepted}.`,
  });
