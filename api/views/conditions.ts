import type { ConditionRecord } from '../../src/core/records.ts';
import { timestamp } from './timestamps.ts';

/** A condition on the wire (api.md 2.1). */
export interface ConditionView {
  type: ConditionRecord['type'];
  status: ConditionRecord['status'];
  message: string;
  reason: string;
  lastTransitionTime: string;
  lastUpdateTime: string;
}

/** Its times as the wire has them. */
export const conditionView = (condition: ConditionRecord): ConditionView => ({
  type: condition.type,
  status: condition.status,
  message: condition.message,
  reason: condition.reason,
  lastTransitionTime: timestamp(condition.lastTransitionTime),
  lastUpdateTime: timestamp(condition.lastUpdateTime),
});
