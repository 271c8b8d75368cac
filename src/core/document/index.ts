/**
 * The document of a Deployment: what users write (`metadata`, `spec`), from the first byte to the fully expanded form.
 * Pure: no I/O, no clock. The public surface of this folder; nobody imports its files.
 */
import type { FieldProblem } from '../errors/index.ts';
import type { ClusterSpec } from '../cluster.ts';

export { documentSchema, specSchema } from './schema.ts';
export type { Document, DeploymentSpec } from './schema.ts';
export { normaliseBody } from './normalise.ts';
export { createDocument, patchDocument, replaceDocument } from './apply.ts';
export { compareDocuments } from './compare.ts';
export { documentWarnings } from './warnings.ts';
export { renderJob } from './render.ts';
