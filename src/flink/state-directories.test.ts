import { describe, expect, test } from 'vitest';
import { isBelow, samePath } from './state-directories.ts';

describe('places as Flink and documents spell them', () => {
  test('one place in two spellings', () => {
    expect(samePath('file:/data/sp-1', 'file:///data/sp-1/')).toBe(true);
    expect(samePath('file:/data/sp-1', 'file:///data/sp-2')).toBe(false);
    expect(samePath('s3://bucket/sp-1/', 's3://bucket/sp-1')).toBe(true);
  });

  test("a checkpoint below a job's own directory, as Flink answers it after a failover (1.3 (3))", () => {
    expect(isBelow('file:/data/checkpoints/ab12/chk-7', 'file:///data/checkpoints/ab12')).toBe(
      true,
    );
    expect(isBelow('file:/data/checkpoints/ab123/chk-7', 'file:///data/checkpoints/ab12')).toBe(
      false,
    );
    expect(isBelow('s3://bucket/c/ab12/chk-7', 's3://bucket/c/ab12/')).toBe(true);
  });
});
