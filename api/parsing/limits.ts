import { maxDocumentBytes } from '../../src/core/document/index.ts';
import { ApiProblem, badRequest } from '../errors/api-problem.ts';

/** Largest body that is no upload; checked before a byte is parsed (N16). What it makes of a document is judged later. */
export const maxBodyBytes = maxDocumentBytes;

/** Deepest nesting: an affinity rule of a pod needs about a dozen levels, the parsers' call stacks bear thousands. */
export const maxDepth = 64;

/** Most values in one document once YAML aliases are written out; ends "billion laughs" (N16). */
export const maxValues = 20_000;

/**
 * Most indicators, texts, spaces and line ends in one YAML document: what its parser's time grows with. A full 128 KiB of
 * environment variables has 34,000, of short options 26,000; of brackets or line ends it would have 131,000.
 */
export const maxLexemes = 50_000;

/** Refusal of a document that is nested too deeply. */
export const tooDeep = (): ApiProblem =>
  badRequest(
    'MALFORMED_BODY',
    `The body is nested deeper than ${maxDepth} levels; make it flatter.`,
  );

/** Refusal of a body beyond its limit, in bytes. */
export const tooLarge = (limit: number): ApiProblem =>
  new ApiProblem({
    status: 413,
    code: 'INVALID_ARGUMENT',
    reason: 'BODY_TOO_LARGE',
    message: `The body is larger than ${limit} bytes; send a smaller one.`,
  });
