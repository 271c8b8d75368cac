import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { currentDetails, type StepProgress } from '../src/core/deployment/explain.ts';
import { batchOf, confirm } from '../src/core/deployment/record.ts';
import type { DeploymentState } from '../src/core/deployment/state.ts';
import { stepFailureOf } from './failure.ts';
import { store } from './proxies.ts';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const keys = {
  state: keyword('SluiceState'),
  desired: keyword('SluiceDesired'),
  name: keyword('SluiceName'),
  namespace: keyword('SluiceNamespace'),
  target: keyword('SluiceTarget'),
};

/** Keeps the store and the Temporal Web UI up to date, also while a step runs (temporal.md 3). */
export class Publisher {
  readonly #state: DeploymentState;
  readonly #progress: () => StepProgress | undefined;
  /** By what the store knows this run from one that was reset to its past. */
  readonly #run: { id: string; from: number };
  #stored: number;
  #shown = '';
  #fencedOut = false;

  constructor(state: DeploymentState, progress: () => StepProgress | undefined) {
    this.#state = state;
    this.#progress = progress;
    const { revision } = state.counters;
    this.#run = { id: workflowInfo().runId, from: revision };
    // The store has all of it; but until it has taken this run's first write, nobody knows whether it may act.
    this.#stored = revision - 1;
  }

  /** Everything up to now is in the store; a run that is fenced out has nothing more to say there. */
  written(): boolean {
    return this.#fencedOut || this.#stored >= this.#state.counters.revision;
  }

  /**
   * Another incarnation has taken over, this run was reset to its past, or the row was removed: it may write nothing and
   * must end (S21).
   */
  fencedOut(): boolean {
    return this.#fencedOut;
  }

  /** The first command of each run: without one, two early updates wedge an uncached run for ever (temporal.md trap 1). */
  introduce(): void {
    upsertMemo({ deployment: this.#state.document.name, fence: this.#state.fence });
    this.show();
  }

  /** One write at a time; what arrives meanwhile goes with the next. Returns only when it is fenced out. */
  async run(): Promise<void> {
    while (!this.#fencedOut) {
      await condition(() => !this.written());
      await condition(allHandlersFinished);
      try {
        await this.#publish();
      } catch (error) {
        if (stepFailureOf(error).reason !== 'FENCED_OUT') throw error;
        this.#fencedOut = true;
      }
    }
  }

  async #publish(): Promise<void> {
    const { revision } = this.#state.counters;
    const batch = { ...batchOf(this.#state, Date.now()), run: this.#run };
    this.show();
    await store.publish(batch);
    confirm(this.#state, batch);
    this.#stored = revision;
  }

  /** Search attributes for operators, current details for whoever opens the workflow's page (M35). */
  show(): void {
    const { document, status, namespace } = this.#state;
    setCurrentDetails(currentDetails(this.#state, this.#progress()));
    const { spec } = document;
    const shown = {
      state: status.state,
      desired: spec.state,
      name: document.name.slice(0, 255),
      namespace,
      target: (spec.deploymentTargetName ?? spec.deploymentTargetId ?? '').slice(0, 255),
    };
    const now = JSON.stringify(shown);
    if (now === this.#shown) return;
    this.#shown = now;
    upsertSearchAttributes([
      { key: keys.state, value: shown.state },
      { key: keys.desired, value: shown.desired },
      { key: keys.name, value: shown.name },
      { key: keys.namespace, value: shown.namespace },
      { key: keys.target, value: shown.target },
    ]);
  }
}
