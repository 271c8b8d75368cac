import { renderTemplate } from './directories.ts';
import { jsonBytes } from './json.ts';
import type { Document } from './schema.ts';

/**
 * Largest document, in bytes of its JSON (api.md 1.9). What a workflow is given and gives holds it several times over, and
 * Temporal takes 2 MB at most: see `docs/design/0007-how-large-things-get.md` before it is raised.
 */
export const maxDocumentBytes = 128 * 1024;

/**
 * What is wrong with the size of a document, or undefined. Its desired state does not count, and one that was too large
 * already must only not grow: a job can always be cancelled.
 */
export function whyTooLarge(document: Document, current: Document | undefined): string | undefined {
  const bytes = sizeOf(document);
  if (bytes <= Math.max(maxDocumentBytes, current ? sizeOf(current) : 0)) return undefined;
  return `is ${bytes} bytes as JSON, more than the ${maxDocumentBytes} a Deployment may have: shorten its labels, annotations or configuration`;
}

/** As written, or with the names in its configuration filled in for a Job, whichever is larger. */
function sizeOf({ spec, ...metadata }: Document): number {
  const { state: _, ...rest } = spec;
  const { flinkConfiguration } = spec.template.spec;
  const growth = Object.values(flinkConfiguration)
    .map((value) => jsonBytes(rendered(value, metadata.name)) - jsonBytes(value))
    .reduce((sum, more) => sum + more, 0);
  return jsonBytes({ ...metadata, spec: rest }) + Math.max(0, growth);
}

const id = 'x'.repeat(36);
const longestNamespace = 'x'.repeat(63);

const rendered = (value: string, deploymentName: string): string =>
  renderTemplate(value, {
    namespace: longestNamespace,
    deploymentId: id,
    jobId: id,
    deploymentName,
  });
