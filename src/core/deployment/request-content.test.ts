import { expect, test } from 'vitest';
import { contentOf } from './request-content.ts';

const asked = {
  verb: 'patch',
  body: { spec: { state: 'RUNNING' }, metadata: { labels: { a: '1' } } },
};

test('a repeat says the same: whatever the order of keys, the id and the settings of the server', () => {
  const { body, verb } = asked;
  const { metadata, spec } = body;
  const repeat = { requestId: 'r', settings: { pollMs: 1 }, body: { metadata, spec }, verb };
  expect(contentOf('applyChange', repeat)).toBe(contentOf('applyChange', asked));
});

test.each([
  ['applyChange', { ...asked, verb: 'put' }],
  ['applyChange', { ...asked, ifResourceVersion: 3 }],
  ['applyChange', { ...asked, body: { ...asked.body, spec: { state: 'CANCELLED' } } }],
  ['applyChange', { ...asked, body: { ...asked.body, spec: [] } }],
  ['markDeleted', asked],
])('another request says something else: %s %j', (kind, request) => {
  expect(contentOf(kind, request)).not.toBe(contentOf('applyChange', asked));
});
