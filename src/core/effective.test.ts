import { expect, test } from 'vitest';
import { isEffective } from './effective.ts';

test.each([
  ['pipeline.max-parallelism', '24', '24'],
  ['s3.secret-key', 'abc', '******'],
  ['high-availability.type', 'kubernetes', 'NONE'],
  // As Flink's own scripts hand a JobManager what they computed.
  ['jobmanager.memory.off-heap.size', '64m', '67108864b'],
  ['jobmanager.memory.off-heap.size', '64 mb', '67108864b'],
  ['jobmanager.memory.jvm-metaspace.size', '0.25g', '0.25g'],
  ['jobmanager.memory.heap.size', '1 gibibytes', '1073741824b'],
  ['jobmanager.memory.jvm-overhead.min', '64m', '107374184b'],
  ['jobmanager.memory.jvm-overhead.max', '1g', '107374184b'],
])('%s: %s is effective where Flink says %s', (key, wanted, seen) => {
  expect(isEffective(key, wanted, seen)).toBe(true);
});

test.each([
  ['pipeline.max-parallelism', '24', undefined],
  ['pipeline.max-parallelism', '24', '128'],
  // Numbers that are no amounts of memory are compared as they are written.
  ['some.duration', '1m', '1048576'],
  ['high-availability.type', 'zookeeper', 'NONE'],
  ['jobmanager.memory.off-heap.size', '64m', '134217728b'],
  ['jobmanager.memory.jvm-overhead.min', '128m', '107374184b'],
  ['jobmanager.memory.jvm-overhead.max', '64m', '107374184b'],
  ['taskmanager.memory.managed.size', '0m', '1b'],
])('%s: %s is not where Flink says %s (S30)', (key, wanted, seen) => {
  expect(isEffective(key, wanted, seen)).toBe(false);
});
