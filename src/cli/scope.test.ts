import { pino } from 'pino';
import { expect, test } from 'vitest';
import { runUntilStopped } from './scope.ts';

const log = pino({ level: 'silent' });

test('a signal closes what was opened, last opened first', async () => {
  const closed: string[] = [];
  await runUntilStopped(log, async (scope) => {
    scope.defer('store', () => void closed.push('store'));
    scope.defer('api', async () => void closed.push('api'));
    process.emit('SIGTERM', 'SIGTERM');
  });
  expect(closed).toEqual(['api', 'store']);
});

test('one key press that arrives twice, by the terminal and by npm, is one', async () => {
  const closed: string[] = [];
  await runUntilStopped(log, async (scope) => {
    scope.defer('store', () => void closed.push('store'));
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGINT', 'SIGINT');
  });
  expect(closed).toEqual(['store']);
});

test('a part that fails ends the command with its error, after all is closed', async () => {
  const closed: string[] = [];
  const run = runUntilStopped(log, async (scope) => {
    scope.defer('store', () => void closed.push('store'));
    scope.fail(new Error('the worker died'));
  });
  await expect(run).rejects.toThrow('the worker died');
  expect(closed).toEqual(['store']);
});

test('a start that fails half-way closes the half that stands', async () => {
  const closed: string[] = [];
  const run = runUntilStopped(log, async (scope) => {
    scope.defer('store', () => void closed.push('store'));
    throw new Error('port in use');
  });
  await expect(run).rejects.toThrow('port in use');
  expect(closed).toEqual(['store']);
});

test('a signal while starting is no failure', async () => {
  await runUntilStopped(log, async (scope) => {
    process.emit('SIGTERM', 'SIGTERM');
    scope.stop.throwIfAborted();
  });
});

test('a part that cannot be closed does not keep the others open', async () => {
  const closed: string[] = [];
  await runUntilStopped(log, async (scope) => {
    scope.defer('store', () => void closed.push('store'));
    scope.defer('api', () => Promise.reject(new Error('stuck')));
    process.emit('SIGTERM', 'SIGTERM');
  });
  expect(closed).toEqual(['store']);
});
