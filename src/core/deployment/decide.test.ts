import { expect, test } from 'vitest';
import { decide, type Next } from './decide.ts';
import type { DeploymentState } from './state.ts';
import { type Fortune, simulate } from './testing/simulate.ts';
import { type Dimensions, everyCombination, stateFor } from './testing/states.ts';

/** Reads like the row of a table, so that a failure names its case. */
const nameOf = (at: Dimensions): string =>
  Object.entries(at)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

/** A desired state that a person forces is CANCELLED; any newer wish ends the force. */
const possible = (at: Dimensions): boolean => !at.forced || at.wanted === 'CANCELLED';

/** Every combination that breaks the rule, by name; `[]` is what is wanted, and the first few are what one reads. */
function broken(rule: (at: Dimensions) => string | undefined): string[] {
  const found: string[] = [];
  for (const at of everyCombination()) {
    if (!possible(at)) continue;
    const why = rule(at);
    if (why !== undefined && found.length < 5) found.push(`${nameOf(at)}: ${why}`);
  }
  return found;
}

/** What must never be decided, wherever a Deployment is (S1, S2, S13). */
function recklessness(next: Next, { job, closing, force, document }: DeploymentState) {
  const { state: wanted, upgradeStrategy } = document.spec;
  const lossy =
    wanted === 'CANCELLED' || (wanted === 'RUNNING' && upgradeStrategy.kind === 'STATELESS');
  switch (next.step) {
    case 'start-job':
      if (job) return 'a start beside a job';
      if (closing.some((one) => !one.proven)) return 'a start beside an end that is not proven';
      return wanted === 'RUNNING' ? undefined : `a start while ${wanted} is wanted`;
    case 'abandon-job':
      return force ? undefined : 'given up without force';
    case 'stop-job':
      return lossy ? undefined : `stopped without a savepoint (${wanted}, ${upgradeStrategy.kind})`;
    case 'take-savepoint':
      if (!job) return 'a savepoint of no job';
      return wanted === 'RUNNING' && upgradeStrategy.kind !== 'STATEFUL'
        ? 'a savepoint nobody asked for'
        : undefined;
    case 'prepare-cluster':
      return job ? undefined : 'a standby for no job';
    default:
      return undefined;
  }
}

/** Lets a combination come to rest. @returns what was reckless, or why it never rests; and how it rests. */
function restOf(at: Dimensions, fortune: Fortune): { state: DeploymentState; why?: string } {
  const state = stateFor(at);
  const found: string[] = [];
  try {
    simulate(state, fortune, (next, seen) => {
      const why = recklessness(next, seen);
      if (why) found.push(why);
    });
  } catch (error) {
    found.push(String(error));
  }
  return { state, ...(found[0] === undefined ? {} : { why: found[0] }) };
}

test('every state has exactly one next step, with a reason for people', () => {
  expect(
    broken((at) => (decide(stateFor(at)).reason.length > 5 ? undefined : 'no reason')),
  ).toEqual([]);
});

test('the same state always gives the same decision, and deciding changes nothing', () => {
  expect(
    broken((at) => {
      const state = stateFor(at);
      const before = JSON.stringify(state);
      const first = JSON.stringify(decide(state));
      if (JSON.stringify(state) !== before) return 'it changed the state';
      return JSON.stringify(decide(state)) === first ? undefined : 'it wavers';
    }),
  ).toEqual([]);
});

test('FAILED is quiet: of a failed transition only what it left is cleared away (S7, M15)', () => {
  const quiet: Next['step'][] = [
    'wait',
    'close-cluster',
    'discard-standby',
    'user-savepoint',
    'abandon-job',
    'settle',
  ];
  expect(
    broken((at) => {
      if (!at.failed) return undefined;
      const next = decide(stateFor(at));
      return quiet.includes(next.step) ? undefined : next.step;
    }),
  ).toEqual([]);
});

/** Where a Deployment may come to rest under a wish. */
function restsWrong(at: Dimensions, { status, closing }: DeploymentState): string | undefined {
  if (closing.length > 0) return 'something is left to remove';
  if (status.state === at.wanted) return undefined;
  if (status.state === 'FAILED' && at.failed) return undefined;
  if (status.state === 'FINISHED' && at.wanted !== 'CANCELLED') return undefined;
  // SUSPENDED would claim that no state was lost (F38).
  if (at.wanted === 'SUSPENDED' && !at.restorable) return undefined;
  return `rests as ${status.state}`;
}

test('in a good world every state comes to rest as wanted, soon, and nothing is reckless (L1, S1, S2)', () => {
  expect(
    broken((at) => {
      const { state, why } = restOf(at, 'good');
      return why ?? restsWrong(at, state);
    }),
  ).toEqual([]);
}, 120_000);

test('in a bad world every state comes to rest, and nothing is reckless (L1, S8)', () => {
  expect(
    broken((at) => {
      const { state, why } = restOf(at, 'bad');
      return why ?? (state.status.state === 'TRANSITIONING' ? 'rests in transition' : undefined);
    }),
  ).toEqual([]);
}, 120_000);

test('while nobody can tell what a job left, nothing starts and nothing of it is removed (2.2 rule 8, S3)', () => {
  expect(
    broken((at) => {
      const unread = ({ job, closing }: DeploymentState) => [
        ...(job?.ended ? [job] : []),
        ...closing.filter(({ mayHaveRun }) => mayHaveRun),
      ];
      const before = unread(stateFor(at)).length;
      if (before === 0 || at.forced) return undefined;
      const state = stateFor(at);
      const started: string[] = [];
      simulate(state, 'uncertain', ({ step }) => {
        if (step === 'start-job' || step === 'abandon-job') started.push(step);
      });
      if (started.length > 0) return started.join();
      return unread(state).length < before ? 'what knows the answer is gone' : undefined;
    }),
  ).toEqual([]);
}, 120_000);
