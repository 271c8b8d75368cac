import { join } from 'node:path';
import { expect, test } from 'vitest';
import { read, root, withGenerated } from './document.ts';
import { fieldsMarkdown, settingsMarkdown } from './tables.ts';

// A table that has fallen behind is written anew by: npm test -- test/docs -u

test.each([
  ['docs/spec/deployment.md', 'fields', fieldsMarkdown],
  ['docs/operating.md', 'settings', settingsMarkdown],
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
