import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AskFiles, boundedQuestions } from './file-questions.ts';

/** Their mounts are their first folders. */
let ask: AskFiles;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  ask = boundedQuestions({ answerWithinMs: 1_000, mountOf: (path) => path.split('/')[1] ?? '' });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const takes = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));
const never = () => expect.unreachable('it was asked');

/** What has become of a question: its answer, the code or text of its error, or that it is still open. */
function followed(answer: Promise<unknown>) {
  const follower: { told: unknown } = { told: 'open' };
  answer.then(
    (value) => {
      follower.told = value;
    },
    (error) => {
      follower.told = error.code ?? error.message;
    },
  );
  return follower;
}
const put = (path: string, question: () => Promise<unknown>) => followed(ask(path, question));

/** A server that hangs, until it comes back. */
function hanging() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { question: () => promise, comeBack: resolve };
}

test('an answer is passed on, and so is what went wrong', async () => {
  const throwing = () => {
    throw new Error('at once');
  };
  const asked = [
    put('/a/1', async () => 7),
    put('/a/1', () => Promise.reject(new Error('EIO'))),
    put('/a/1', throwing),
    put('/a/1', async () => 8),
  ];
  await pass(0);
  expect(asked.map(({ told }) => told)).toEqual([7, 'EIO', 'at once', 8]);
});

test('a mount that hangs has one question, and is silent at once to all others until it answers', async () => {
  const { question, comeBack } = hanging();
  const first = put('/a/1', question);
  await pass(900);
  const second = put('/a/2', never);
  expect([first.told, second.told]).toEqual(['open', 'open']);
  await pass(100);
  const third = put('/a/3', never);
  const other = put('/b/1', async () => 'b');
  await pass(0);
  const silent = 'ETIMEDOUT';
  expect([first, second, third, other].map(({ told }) => told)).toEqual([
    silent,
    silent,
    silent,
    'b',
  ]);
  comeBack();
  await pass(0);
  expect(await ask('/a/1', async () => 'a')).toBe('a');
});

test('two that hang leave no thread for a third: it is silent at once, and asked again when one is back', async () => {
  const [a, b] = [hanging(), hanging()];
  const late = [put('/a/1', a.question), put('/b/1', b.question)];
  await pass(1_000);
  late.push(put('/c/1', never));
  await pass(0);
  expect(late.map(({ told }) => told)).toEqual(['ETIMEDOUT', 'ETIMEDOUT', 'ETIMEDOUT']);
  b.comeBack();
  await pass(0);
  const asked = [put('/c/1', async () => 'c'), put('/a/1', never)];
  await pass(0);
  expect(asked.map(({ told }) => told)).toEqual(['c', 'ETIMEDOUT']);
});

test('many at once wait for their turn: one of each mount, and two of all', async () => {
  const open: string[] = [];
  const question = (mount: string) => async () => {
    expect(open).not.toContain(mount);
    open.push(mount);
    expect(open.length).toBeLessThanOrEqual(2);
    await takes(10)();
    open.splice(open.indexOf(mount), 1);
    return mount;
  };
  const mounts = ['a', 'b', 'c', 'a', 'a', 'b', 'c', 'c', 'a'];
  const asked = mounts.map((mount) => put(`/${mount}/x`, question(mount)));
  await pass(100);
  expect(asked.map(({ told }) => told)).toEqual(mounts);
});

test('who waits too long for its turn is told so, and does not ask any more', async () => {
  const slow = [put('/a/1', takes(600)), put('/a/2', takes(600))];
  const third = put('/a/3', never);
  await pass(1_000);
  expect(third.told).toBe('ETIMEDOUT');
  await pass(1_000);
  expect(slow.map(({ told }) => told)).toEqual([undefined, undefined]);
});
