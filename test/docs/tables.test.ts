import { join } from 'node:path';
import { expect, test } from 'vitest';
import { citations, demands } from './demands.ts';
import { read, root, withGenerated } from './document.ts';
import { demandsMarkdown, fieldsMarkdown, settingsMarkdown } from './tables.ts';

// A table that has fallen behind is written anew by: npm test -- test/docs -u

test.each([
  ['docs/spec/deployment.md', 'fields', fieldsMarkdown],
  ['docs/operating.md', 'settings', settingsMarkdown],
  ['docs/spec/demands.md', 'demands', demandsMarkdown],
])('%s has the table of %s that the code has', async (path, name, make) => {
  await expect(withGenerated(read(path), name, make())).toMatchFileSnapshot(join(root, path));
});

test('every field and every setting says what it is for', () => {
  const rows = [fieldsMarkdown(), settingsMarkdown()].flatMap((table) =>
    table.trim().split('\n').slice(2),
  );
  expect(rows.length).toBeGreaterThan(80);
  expect(rows.filter((row) => row.endsWith('|  |'))).toEqual([]);
});

test('every demand is shown, and on Kubernetes where that could differ', () => {
  const cited = citations();
  const [onKubernetes] = cited.slice(-1);
  const missing = demands.filter(({ id, isOfTheApi }) =>
    isOfTheApi ? cited.every((by) => !by.has(id)) : !onKubernetes?.has(id),
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
});
