import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastLines } from './last-lines.ts';

let logs: string;
beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), 'sluice-last-lines-'));
});
afterEach(() => rm(logs, { recursive: true, force: true }));

const told = (name: string, lines: string[]) => writeFile(join(logs, name), lines.join('\n'));
const info = (text: string) => `2026-11-25 12:52:09,090 INFO  org.apache.flink.Some [] - ${text}`;
const error = (text: string) => `2026-11-25 12:52:09,306 ERROR org.apache.flink.Some [] - ${text}`;

test('of a log that ends in an error, the error and its causes are told, not the noise before', async () => {
  await told('taskmanager-1.log', [
    info('Hadoop is not in the classpath'),
    error('Terminating TaskManagerRunner with exit code 1.'),
    'org.apache.flink.util.FlinkException: Failed to start the TaskManagerRunner.',
    '\tat org.apache.flink.runtime.taskexecutor.TaskManagerRunner.run(TaskManagerRunner.java:490)',
    'Caused by: java.io.IOException: No space left on device',
    '\t... 12 more',
  ]);
  expect(await lastLines(logs, 'taskmanager-1')).toBe(
    [
      error('Terminating TaskManagerRunner with exit code 1.'),
      'org.apache.flink.util.FlinkException: Failed to start the TaskManagerRunner.',
      'Caused by: java.io.IOException: No space left on device',
    ].join('\n'),
  );
});

test('without an error, the last twelve lines', async () => {
  const lines = Array.from({ length: 20 }, (_, i) => info(`line ${i}`));
  await told('jobmanager.log', lines);
  expect(await lastLines(logs, 'jobmanager')).toBe(lines.slice(-12).join('\n'));
});

test('a JVM that died before its log tells it on its output; without either nothing is told', async () => {
  expect(await lastLines(logs, 'jobmanager')).toBe('');
  await told('jobmanager.out', ['Error occurred during initialization of VM']);
  expect(await lastLines(logs, 'jobmanager')).toBe('Error occurred during initialization of VM');
});
