import type { ErrorCode } from '../../src/core/vocabulary.ts';
import type { CallInfo, CallKind } from './trace.ts';

/** What goes wrong with a call (the codes of reliability.md 8). */
export type Fault =
  /** E−: an error, and nothing happened. */
  | { is: 'request-lost' }
  /** E+: it happened, the answer is lost. */
  | { is: 'answer-lost' }
  /** D: the caller gives up after `callTimeoutMs`; it happens all the same, this much after the call. */
  | { is: 'slow'; effectAfterMs: number }
  /** S: a read answers what it answered before the last change; not fired while there is no such answer. */
  | { is: 'stale' }
  /** 2x: delivered once more, late and in parallel to what follows. */
  | { is: 'twice'; copyAfterMs: number }
  /** G: it happened, the answer cannot be read. */
  | { is: 'garbage' }
  /** An outcome of the domain, without effect. */
  | { is: 'refused'; code: ErrorCode; message: string }
  /** C−: nothing happens and no answer ever comes; only the caller's signal ends it. */
  | { is: 'hangs' }
  /** C+: it happens, no answer ever comes. */
  | { is: 'hangs-after' };

/** Which calls; counted from the moment of planning. */
export interface FaultTarget {
  kind: CallKind;
  /** 1 = the next matching call. Default 1. */
  nth?: number;
  /** How many calls from the nth on. Default 1; `Infinity` until called off. */
  times?: number;
  deploymentId?: string;
  clusterId?: string;
}

/** A planned fault. A plan whose `fired` stays 0 proved nothing. */
export interface PlannedFault {
  readonly fired: number;
  callOff(): void;
}

interface Plan {
  target: FaultTarget;
  fault: Fault;
  seen: number;
  fired: number;
}

/** Faults to come. */
export class Faults {
  readonly #plans = new Set<Plan>();

  plan(target: FaultTarget, fault: Fault): PlannedFault {
    const plan: Plan = { target, fault, seen: 0, fired: 0 };
    this.#plans.add(plan);
    return {
      get fired() {
        return plan.fired;
      },
      callOff: () => {
        this.#plans.delete(plan);
      },
    };
  }

  /** The fault for this call, if one is due. `fires` must be called once it took place. */
  take(call: CallInfo): { fault: Fault; fires: () => void } | undefined {
    const due = [...this.#plans].filter((plan) => matches(plan.target, call)).filter(isDue);
    const plan = due[0];
    if (plan === undefined) return undefined;
    return {
      fault: plan.fault,
      fires: () => {
        plan.fired += 1;
      },
    };
  }
}

/** Counts the call. A plan that was not first in line has seen it too. */
function isDue(plan: Plan): boolean {
  plan.seen += 1;
  const first = plan.target.nth ?? 1;
  return plan.seen >= first && plan.seen < first + (plan.target.times ?? 1);
}

/** Whether a selector names this call. */
export function matches(target: Omit<FaultTarget, 'nth' | 'times'>, call: CallInfo): boolean {
  return (
    target.kind === call.kind &&
    (target.deploymentId === undefined || target.deploymentId === call.deploymentId) &&
    (target.clusterId === undefined || target.clusterId === call.clusterId)
  );
}
