import { expect, test } from 'vitest';
import { ApiProblem } from './errors/api-problem.ts';
import { labelSelector } from './label-selector.ts';

const labels = { env: 'prod', 'app.example.com/tier': 'web', empty: '' };

test.each([
  ['', true],
  ['  ', true],
  ['env', true],
  ['!env', false],
  ['none', false],
  ['! none', true],
  ['env=prod', true],
  ['env==prod', true],
  ['env = test', false],
  ['env!=test', true],
  ['none!=x', true],
  ['empty=', true],
  ['env=', false],
  ['env in (test, prod)', true],
  ['env notin (test,prod)', false],
  ['none notin (a)', true],
  ['none in (a)', false],
  ['app.example.com/tier=web,env in (prod,x),!none', true],
  ['app.example.com/tier=web,env in (test,x)', false],
  ['constructor', false],
])('%j selects: %s (Kubernetes grammar, api.md 1.7)', (selector, selected) => {
  expect(labelSelector(selector)(labels)).toBe(selected);
});

test.each([
  ',',
  'env=a,',
  'a b',
  'env in',
  'env in a',
  'env in (a',
  '=x',
  'a=b=c',
  '!',
  'a in (b) c',
  'a>1',
])('%j is refused', (selector) => {
  expect(() => labelSelector(selector)).toThrow(ApiProblem);
});

test('a Deployment without labels has none of them', () => {
  expect(labelSelector('env')(undefined)).toBe(false);
  expect(labelSelector('!env')(undefined)).toBe(true);
});
