import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function logging(level: string) {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: createLog(level, sink), lines };
}

test('a canary in any field that may hold a secret does not reach the log (S19)', () => {
  const { log, lines } = logging('info');
  log.info({ token: 'canary' }, 'one');
  log.info({ headers: { authorization: 'Bearer canary' } }, 'two');
  log.info({ config: { temporal: { apiKey: 'canary' } }, databaseUrl: 'canary' }, 'three');
  expect(lines).toHaveLength(3);
  expect(lines.join('')).not.toContain('canary');
});

test('an entry is one line of JSON with its level in words, a constant message and its fields', () => {
  const { log, lines } = logging('info');
  log.info({ deployment: 'd1', attempt: 2 }, 'savepoint completed');
  log.debug('too fine');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    deployment: 'd1',
    attempt: 2,
    msg: 'savepoint completed',
  });
});

test('an error keeps its cause and stack', () => {
  const { log, lines } = logging('info');
  log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'it failed');
  expect(JSON.parse(lines[0] ?? '').error.stack).toMatch(/outer[\s\S]*inner/);
});
