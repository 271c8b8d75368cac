import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decisions } from '../../src/core/deployment/decide.ts';
import {
  apiErrorCodes,
  deploymentStates,
  errorCodes,
  eventNames,
  jobStates,
  savepointOrigins,
  savepointStates,
} from '../../src/core/vocabulary.ts';
import { firstCells, read, root, section } from './document.ts';

const spec = read('docs/spec/deployment.md');
const errors = read('docs/errors.md');
const runbook = read('docs/runbook.md');
const sorted = (names: readonly string[]) => [...names].sort();

/** Sources of the product, without tests and without the vocabulary, which names everything. */
function sources(...folders: string[]): string {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  );
  return files
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|\/testing\/|vocabulary/.test(path))
    .map(read)
    .join('\n');
}

describe('docs/spec/deployment.md', () => {
  test.each([
    ['### Deployment', deploymentStates],
    ['### Job', jobStates],
    ['### Savepoint', [...savepointStates, ...savepointOrigins]],
  ])('%s explains every state', (heading, names) => {
    const conditions = ['JobFailing', 'JobUnstable', 'ClusterUnreachable'];
    const explained = firstCells(section(spec, heading)).filter(
      (name) => !conditions.includes(name),
    );
    expect(sorted(explained)).toEqual(sorted(names));
  });

  test('has every event, and says truly which of them are never written', () => {
    const [written = '', never = ''] = section(spec, '### Events').split('never writes them');
    const code = sources('src/core', 'workflows', 'activities');
    const isWritten = (name: string) => code.includes(`'${name}'`);
    expect(sorted(firstCells(written))).toEqual(sorted(eventNames.filter(isWritten)));
    expect(sorted(firstCells(never))).toEqual(
      sorted(eventNames.filter((name) => !isWritten(name))),
    );
  });

  test('prints the decisions in the order in which they are asked', () => {
    expect(firstCells(section(spec, '### How Sluice decides'))).toEqual(
      decisions.map(({ name }) => name),
    );
  });
});

describe('docs/errors.md', () => {
  test('explains every code of an error reply', () => {
    expect(firstCells(section(errors, '## Error replies of the API'))).toEqual(apiErrorCodes);
  });

  test('explains every code, in the order of the vocabulary', () => {
    expect(firstCells(section(errors, '## Codes'))).toEqual(errorCodes);
  });

  test('says truly which codes are never written', () => {
    const code = sources('src', 'workflows', 'activities', 'api');
    // Errors of a class that has only this one code do not spell it.
    const unwritten = errorCodes.filter(
      (name) => name !== 'VALIDATION_FAILED' && !code.includes(`'${name}'`),
    );
    const marked = section(errors, '## Codes')
      .split('\n')
      .filter((line) => line.includes('not written by this version'));
    expect(marked.flatMap(firstCells)).toEqual(unwritten);
  });

  test('names the reasons that only the API gives', () => {
    const code = sources('api');
    const given = [...code.matchAll(/(?:reason: |badRequest\(\s*)'([A-Z_]+)'/g)].flatMap(
      ([, reason]) => reason ?? [],
    );
    const own = given.filter((reason) => !errorCodes.some((known) => known === reason));
    expect(own.length).toBeGreaterThan(8);
    const named = section(errors, '## Codes').split('Codes of the API itself')[1] ?? '';
    expect(own.filter((reason) => !named.includes(`\`${reason}\``))).toEqual([]);
  });

  test('says truly which codes are final', () => {
    const list = /const finalReasons = \[(.*?)\]/s.exec(read('workflows/failure.ts'))?.[1] ?? '';
    const final = [...list.matchAll(/'([A-Z_]+)'/g)].flatMap(([, code]) => code ?? []);
    const marked = section(errors, '## Codes')
      .split('\n')
      .filter((line) => line.includes('(final)'));
    expect(sorted(marked.flatMap(firstCells))).toEqual(sorted(final));
  });
});

describe('docs/runbook.md', () => {
  const entries = [...section(runbook, '## Events').matchAll(/^### (\w+)$/gm)].flatMap(
    ([, name]) => name ?? [],
  );

  test('has an entry for each event that tells trouble, and no other', () => {
    const rows = section(spec, '### Events').split('\n');
    const linked = rows.filter((row) => row.includes('../runbook.md#')).flatMap(firstCells);
    expect(sorted(entries)).toEqual(sorted(linked));
  });

  test('leaves out no event whose name tells trouble', () => {
    const code = sources('src/core', 'workflows', 'activities');
    const trouble =
      /FAIL|TOO_MANY|EXCEEDED|COULD_NOT|NOT_EXIST|NOT_CONFIGURED|UN_?RECOVERABLE|STOPPED_JOB/;
    const expected = eventNames.filter((name) => trouble.test(name) && code.includes(`'${name}'`));
    expect(expected.length).toBeGreaterThan(10);
    expect(entries).toEqual(expect.arrayContaining(expected));
  });
});
