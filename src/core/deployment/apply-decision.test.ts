import { expect, test } from 'vitest';
import { applyDecision } from './apply-decision.ts';
import { decide } from './decide.ts';
import { foldClose } from './fold-close.ts';
import { foldStop } from './fold-stop.ts';
import { choosePin } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import { documentOf, liveJob, stateOf } from './testing/states.ts';

/** A cancel is wanted of a job that runs. */
function cancelled(over: Partial<DeploymentState> = {}): DeploymentState {
  const document = documentOf({ state: 'CANCELLED' });
  return stateOf(document, { job: liveJob(document), ...over });
}

const found = { path: 'file:///checkpoints/chk-3', checkpointId: 3, isSavepoint: false };

/** Closes what is to be closed; its activity looks for a checkpoint only where it is told to. */
function closeAll(state: DeploymentState): void {
  for (const closing of state.closing) {
    const seen = closing.mayHaveRun ? { found } : {};
    foldClose(state, closing, { kind: 'closed', evidence: 'nothing is left', ...seen }, 3);
  }
}

const restoredNext = (state: DeploymentState) => choosePin(state, { kind: 'LATEST_STATE' }).path;

test('a forced cancel keeps the newest retained checkpoint as a restore point (M05)', () => {
  const state = cancelled({ force: true });
  const next = decide(state);
  expect(next.step).toBe('abandon-job');
  applyDecision(state, next, 2);
  closeAll(state);
  expect(restoredNext(state)).toBe(found.path);
});

test('so does a cancel that tears a silent cluster down after the grace (M05, F40)', () => {
  const state = cancelled();
  const end = { state: 'CANCELED' as const, why: 'Flink did not answer', at: 2 };
  foldStop(state, { kind: 'stopped', end, proven: false }, 2);
  closeAll(state);
  expect(restoredNext(state)).toBe(found.path);
});

test('a proven end was read already: its cluster is not asked again', () => {
  const state = cancelled();
  const end = { state: 'CANCELED' as const, why: 'the job was cancelled in Flink', at: 2 };
  foldStop(state, { kind: 'stopped', end, proven: true }, 2);
  expect(state.closing.map((closing) => closing.mayHaveRun)).toEqual([undefined]);
});
