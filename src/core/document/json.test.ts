import { expect, test } from 'vitest';
import type { Json } from './json.ts';
import { mergePatch, sameJson, withDefault, without, withoutNulls } from './json.ts';

const table: [Json, Json, Json][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test.each(table)('RFC 7386, appendix A: %j patched with %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

test('a merge changes neither of its inputs', () => {
  const target = { a: { b: 1 } };
  const patch = { a: { c: [1] } };
  mergePatch(target, patch);
  expect([target, patch]).toEqual([{ a: { b: 1 } }, { a: { c: [1] } }]);
});

test('a key __proto__ or constructor pollutes nothing (N15)', () => {
  const evil: Json = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  );
  const merged = mergePatch({}, evil);
  withoutNulls(merged);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
});

test('equality ignores the order of keys and undefined members, and nothing else', () => {
  expect(sameJson({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1, d: undefined })).toBe(true);
  expect(sameJson({ a: 1 }, { a: '1' })).toBe(false);
  expect(sameJson({ a: null }, {})).toBe(false);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
  expect(sameJson([], {})).toBe(false);
  expect(sameJson({ a: 1 }, { a: 1, b: 2 })).toBe(false);
});

test('a removal at a path leaves what lies beside it, and is quiet where nothing is', () => {
  expect(without({ a: { b: 1, c: 2 }, d: 3 }, ['a', 'b'])).toEqual({ a: { c: 2 }, d: 3 });
  expect(without({ a: 1 }, ['a', 'b'])).toEqual({ a: 1 });
  expect(without({}, ['constructor'])).toEqual({});
});

test('a default at a path never replaces a value nor a wrong one on the way', () => {
  expect(withDefault({}, ['a', 'b'], 1)).toEqual({ a: { b: 1 } });
  expect(withDefault({ a: { b: 2 } }, ['a', 'b'], 1)).toEqual({ a: { b: 2 } });
  expect(withDefault({ a: 5 }, ['a', 'b'], 1)).toEqual({ a: 5 });
});
