import { describe, expect, test } from 'vitest';
import { isOwnCheckpoint, samePath } from './state-directories.ts';

describe('places as Flink and documents spell them', () => {
  test('one place in two spellings', () => {
    expect(samePath('file:/data/sp-1', 'file:///data/sp-1/')).toBe(true);
    expect(samePath('file:/data/sp-1', 'file:///data/sp-2')).toBe(false);
    expect(samePath('s3://bucket/sp-1/', 's3://bucket/sp-1')).toBe(true);
  });

  test("a job's own checkpoint, as Flink answers it after a failover, wherever the program puts them (1.3 (3))", () => {
    const isOwn = (path: string) => isOwnCheckpoint(path, { flinkJobId: 'ab12' });
    expect(isOwn('file:/data/checkpoints/ab12/chk-7')).toBe(true);
    expect(isOwn('s3://bucket/of-the-program/ab12/chk-7')).toBe(true);
    expect(isOwn('file:/data/checkpoints/ab123/chk-7')).toBe(false);
    expect(isOwn('file:/data/savepoints/savepoint-ab12-1')).toBe(false);
  });

  test('so is one directly in the directory of its Job, where the program wants no folder for each job', () => {
    const isOwn = (checkpointDirectory: string, path: string) =>
      isOwnCheckpoint(path, { flinkJobId: 'ab12', checkpointDirectory });
    expect(isOwn('file:///data/d1/j1', 'file:/data/d1/j1/chk-7')).toBe(true);
    expect(isOwn('s3://bucket/d1/j1/', 's3://bucket/d1/j1/chk-7')).toBe(true);
    expect(isOwn('file:///data/d1/j1', 'file:/data/d1/j12/chk-7')).toBe(false);
    expect(isOwn('file:///data/d1/j1', 'file:/data/d1/chk-7')).toBe(false);
  });
});
