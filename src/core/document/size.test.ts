import { expect, test } from 'vitest';
import {
  documentOf,
  freshSettings,
  posted,
  readFixture,
} from '../../../test/fixtures/documents/read.ts';
import { patchDocument } from './apply.ts';
import { jsonBytes } from './json.ts';
import { normaliseBody } from './normalise.ts';
import type { Document } from './schema.ts';
import { maxDocumentBytes } from './size.ts';
import type { DocumentResult } from './types.ts';

const page = posted(readFixture('deployment-full.yaml'));

const patched = (current: Document, raw: unknown): DocumentResult =>
  patchDocument(current, normaliseBody(raw, freshSettings).body, freshSettings);
const withLabel = (value: string) => ({ metadata: { labels: { long: value } } });
const withOption = (value: string) => ({
  spec: { template: { spec: { flinkConfiguration: { 'pipeline.global-job-parameters': value } } } },
});

/** The page's Deployment with a label that makes it as large as it may be. */
function fullSize(): Document {
  const empty = documentOf(patched(page, withLabel('')));
  const { state: _, ...spec } = empty.spec;
  const room = maxDocumentBytes - jsonBytes({ ...empty, spec });
  return documentOf(patched(page, withLabel('x'.repeat(room))));
}

test('a document grows to its limit and not beyond, in as many steps as it likes (N16)', () => {
  const full = fullSize();
  expect(patched(full, { metadata: { labels: { more: '' } } })).toEqual({
    tooLarge: true,
    problems: [
      { field: 'the Deployment', message: expect.stringMatching(/13\d{4} bytes.*131072/) },
    ],
  });
});

test('what counts is the document as JSON in UTF-8, not what was sent (N16)', () => {
  expect(jsonBytes('a"\n\u0001é€😀')).toBe(Buffer.byteLength(JSON.stringify('a"\n\u0001é€😀')));
  expect(patched(page, withLabel('"'.repeat(66_000)))).toHaveProperty('tooLarge', true);
  expect(patched(page, withLabel('€'.repeat(44_000)))).toHaveProperty('tooLarge', true);
});

test('a document of full size can still be cancelled, suspended and run', () => {
  const full = fullSize();
  for (const state of ['CANCELLED', 'SUSPENDED', 'RUNNING'])
    expect(documentOf(patched(full, { spec: { state } })).spec.state).toBe(state);
});

test('one that is over the limit already can be changed as long as it does not grow', () => {
  const over = { ...page, labels: { long: 'x'.repeat(maxDocumentBytes + 500) } };
  expect(documentOf(patched(over, { spec: { state: 'CANCELLED' } })).spec.state).toBe('CANCELLED');
  documentOf(patched(over, withLabel('x'.repeat(maxDocumentBytes))));
  expect(patched(over, { metadata: { labels: { more: 'y' } } })).toHaveProperty('tooLarge', true);
});

test('what names filled in would make too large is refused too', () => {
  const named = { ...page, name: 'n'.repeat(250) };
  expect(patched(named, withOption('{{deploymentName}}'.repeat(1_000)))).toHaveProperty(
    'tooLarge',
    true,
  );
});

test.each(['state.savepoints.dir', 'state.checkpoints.dir', 'high-availability.storageDir'])(
  '%s is no longer than any storage can name: each restore point holds it',
  (key) => {
    const value = `s3://bucket/${'x'.repeat(1_013)}`;
    const change = { spec: { template: { spec: { flinkConfiguration: { [key]: value } } } } };
    expect(patched(page, change)).toEqual({
      problems: [
        {
          field: `spec.template.spec.flinkConfiguration.${key}`,
          message: 'must be at most 1024 bytes long',
        },
      ],
    });
  },
);
