import { expect, test } from 'vitest';
import { printable, rootCause } from './root-cause.ts';

const frames = '\n\tat a.B.c(B.java:1)\n\tat java.base/d.E.f(E.java:2)\n';

test('the last cause of a trace is its root cause', () => {
  const trace = `a.RestHandlerException: Could not execute application.${frames}Caused by: b.Outer: c.Inner: boom${frames}Caused by: c.Inner: boom${frames}\t... 1 more\n`;
  expect(rootCause([trace])).toBe('c.Inner: boom');
});

test('a cause suppressed beside the real one is not it', () => {
  const trace = `a.Outer: x${frames}Caused by: b.Real: why${frames}\tSuppressed: c.Close: y${frames}\tCaused by: d.Other: z${frames}`;
  expect(rootCause([trace])).toBe('b.Real: why');
});

test('a message of several lines is kept whole, without the frames behind it', () => {
  const trace = `a.Outer: x${frames}Caused by: b.Parse: bad line:\n  key = value\n^${frames}`;
  expect(rootCause([trace])).toBe('b.Parse: bad line: key = value ^');
});

test('the wrapping of a server error says nothing and is left out', () => {
  const wrapped = `<Exception on server side:\na.JobNotFound: no job 1${frames}\nEnd of exception on server side>`;
  expect(rootCause(['Internal server error.', wrapped])).toBe('a.JobNotFound: no job 1');
  expect(rootCause([wrapped, ''])).toBe('a.JobNotFound: no job 1');
});

test('a text without a trace is its own cause, and none at all is said so', () => {
  expect(rootCause(['Job could not be found.'])).toBe('Job could not be found.');
  expect(rootCause(['', 'Internal server error.'])).toBe('Flink gave no reason.');
  expect(rootCause([])).toBe('Flink gave no reason.');
});

test('what is printed has no control characters and at most 1,000 characters', () => {
  expect(printable('a\u0000b\u001b[31mc\r\nd\u0085e')).toBe('a b [31mc d e');
  expect(printable('x'.repeat(5_000_000))).toHaveLength(1_000);
  const cutInHalf = printable(`${'x'.repeat(999)}😀`);
  expect(cutInHalf).toHaveLength(1_000);
  expect(cutInHalf.isWellFormed()).toBe(true);
});
