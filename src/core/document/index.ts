/**
 * The document of a Deployment: what users write (`metadata`, `spec`), from the first byte to the fully expanded form.
 * Pure: no I/O, no clock. The public surface of this folder; nobody imports its files.
 */

export { createDocument, patchDocument, replaceDocument } from './apply.ts';
export { caseless } from './caseless.ts';
export { compareDocuments } from './compare.ts';
export { durationMs } from './duration.ts';
export { checkpointDirectoryKeys, retentionKey, savepointDirectoryKeys } from './flink-keys.ts';
export { jsonBytes, utf8Bytes } from './json.ts';
export { memoryBytes } from './memory.ts';
export { normaliseBody } from './normalise.ts';
export { problemText } from './problems.ts';
export { renderJob } from './render.ts';
export type { DeploymentSpec, Document } from './schema.ts';
export { documentSchema, specSchema } from './schema.ts';
export { maxDocumentBytes } from './size.ts';
export { isSourceScalar, sourceScalar } from './source-scalar.ts';
export { targetWarnings } from './target-warnings.ts';
export type {
  DeploymentBody,
  DocumentResult,
  DocumentSettings,
  RenderedJob,
} from './types.ts';
export { documentWarnings } from './warnings.ts';
