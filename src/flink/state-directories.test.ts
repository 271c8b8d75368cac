import { describe, expect, test } from 'vitest';
import { isOfJob, samePath } from './state-directories.ts';

describe('places as Flink and documents spell them', () => {
  test('one place in two spellings', () => {
    expect(samePath('file:/data/sp-1', 'file:///data/sp-1/')).toBe(true);
    expect(samePath('file:/data/sp-1', 'file:///data/sp-2')).toBe(false);
    expect(samePath('s3://bucket/sp-1/', 's3://bucket/sp-1')).toBe(true);
  });

  test("a job's own checkpoint, as Flink answers it after a failover, wherever the program puts them (1.3 (3))", () => {
    expect(isOfJob('file:/data/checkpoints/ab12/chk-7', 'ab12')).toBe(true);
    expect(isOfJob('s3://bucket/of-the-program/ab12/chk-7', 'ab12')).toBe(true);
    expect(isOfJob('file:/data/checkpoints/ab123/chk-7', 'ab12')).toBe(false);
    expect(isOfJob('file:/data/savepoints/savepoint-ab12-1', 'ab12')).toBe(false);
  });
});
