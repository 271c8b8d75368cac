import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { settingsTable } from '../../src/config.ts';
import { queries, searchAttributes, signals } from '../../workflows/messages.ts';
import { documents, firstCells, read, root, section } from './document.ts';

const operating = read('docs/operating.md');
const everything = documents.map(read).join('\n');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, one]) => one);

/** The anchor that a heading gets on the usual hosts of repositories. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

test.each(documents)('%s links only to what exists', (path) => {
  const links = all(read(path), /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link ?? ''));
  const broken = links.filter((link = '') => {
    const [file, anchor] = link.split('#');
    const target = file ? join(dirname(path), file) : path;
    if (!existsSync(join(root, target))) return true;
    return anchor && !all(read(target), /^#+ (.*)$/gm).some((one = '') => anchorOf(one) === anchor);
  });
  expect(broken).toEqual([]);
});

test('every npm script a document names is one', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  const builtIn = ['ci', 'test', 'start', 'install'];
  const named = all(everything, /\bnpm (?:run )?([a-z][\w:-]*)/g);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name = '') => !(name in scripts) && !builtIn.includes(name))).toEqual([]);
});

test('every setting a document names is one', () => {
  const known = settingsTable().map(({ name }) => name);
  const others = ['SLUICE_DB_PASSWORD', 'SLUICE_PUBLISH', 'TEMPORAL_DB_PASSWORD'];
  const named = all(everything, /\b((?:SLUICE|TEMPORAL)_[A-Z_]+[A-Z])\b/g);
  const errorCodes = ['TEMPORAL_UNAVAILABLE'];
  const strange = named.filter((name = '') => ![...known, ...others, ...errorCodes].includes(name));
  expect(strange).toEqual([]);
});

test('operating.md names our metrics', () => {
  const code = ['src/metrics.ts', 'api/middleware/observe.ts'].map(read).join('\n');
  const named = firstCells(section(operating, '## Metrics and probes'));
  expect(named.filter((name) => name.startsWith('sluice_')).sort()).toEqual(
    all(code, /name: '(sluice_\w+)'/g).sort(),
  );
});

test('operating.md shows each signal and query, for both command lines', () => {
  const shown = section(operating, '## Signals and queries');
  const of = (pattern: RegExp) => [...new Set(all(shown, pattern))].sort();
  const [signalNames, queryNames] = [Object.values(signals).sort(), Object.values(queries).sort()];
  expect(of(/temporal workflow signal .*--name (\w+)/g)).toEqual(signalNames);
  expect(of(/tctl workflow signal .*--name (\w+)/g)).toEqual(signalNames);
  expect(of(/temporal workflow query .*--type (\w+)/g)).toEqual(queryNames);
  expect(of(/tctl workflow query .*--query_type (\w+)/g)).toEqual(queryNames);
  expect(firstCells(shown).sort()).toEqual([...signalNames, ...queryNames].sort());
});

test('operating.md and the script for production create exactly our search attributes', () => {
  const names = Object.keys(searchAttributes);
  const shown = section(operating, '## In production');
  expect(all(shown, /--name (Sluice\w+) --type Keyword/g)).toEqual(names);
  expect(all(read('deploy/docker/prepare-namespace.sh'), /\b(Sluice[A-Z]\w+)/g)).toEqual(names);
  expect(Object.values(searchAttributes)).toEqual(names.map(() => 'Keyword'));
});

test('the design names each word of the state that people are told to send', () => {
  const [, members = ''] =
    /export interface DeploymentState \{\n(.*?)\n\}/s.exec(read('src/core/deployment/state.ts')) ??
    [];
  const words = all(members, /^ {2}(\w+)\??:/gm);
  const page = read('docs/design/0001-one-workflow-per-deployment.md');
  const rows = [...section(page, '## Words of the state').matchAll(/^\| (`.*?`) \|/gm)];
  expect(words.length).toBeGreaterThan(20);
  expect(rows.flatMap(([, names = '']) => all(names, /`(\w+)`/g)).sort()).toEqual(words.sort());
});

test('the README fits on a screen or two and names each folder', () => {
  const readme = read('README.md');
  expect(readme.split('\n').length).toBeLessThanOrEqual(120);
  const named = firstCells(section(readme, '## Folders'));
  const folders = (at: string) =>
    readdirSync(join(root, at), { withFileTypes: true })
      .filter((one) => one.isDirectory() && !/^\.|node_modules|coverage|^dist$/.test(one.name))
      .map((one) => `${at}${one.name}/`);
  const expected = [...folders('src/'), ...folders('')].filter(
    (name) => name !== 'src/' && name !== 'docs/',
  );
  expect(named.sort()).toEqual(expected.sort());
});

test('each decision on the design is told the same way', () => {
  const paths = documents.filter((path) => path.startsWith('docs/design/'));
  expect(paths.length).toBeGreaterThanOrEqual(6);
  const ids = paths.map((path) => path.slice('docs/design/'.length).split('-')[0]);
  expect(ids).toEqual(paths.map((_, index) => String(index + 1).padStart(4, '0')));
  for (const path of paths) {
    expect(read(path)).toMatch(/^# \d{4}: .+/);
    expect(read(path)).toContain('**Tested.**');
    expect(read(path)).toContain('**To undo.**');
  }
});
