import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { DeploymentState } from '../../src/core/deployment/state.ts';
import type { RecordBatch } from '../../src/core/records.ts';
import { deploymentWorkflowType } from '../../workflows/messages.ts';
import type { RunHistory } from '../support/replay.ts';
import { startOf } from './recordings.ts';

type History = RunHistory['history'];
type HistoryEvent = NonNullable<History['events']>[number];

/** What a run asked the store to write, in the order in which it asked. */
export const writesOf = (history: History): RecordBatch[] =>
  publishesIn(history).map(({ batch }) => batch);

/** What the runs of one life wrote, in the order in which it was written. */
export const writtenBy = (histories: readonly History[]): RecordBatch[] =>
  histories
    .flatMap((history) => {
      const ends = new Map((history.events ?? []).flatMap(endOfActivity));
      return publishesIn(history).flatMap(({ id, batch }) => {
        const at = ends.get(id);
        return at === undefined ? [] : [{ at, batch }];
      });
    })
    .sort((one, other) => one.at - other.at)
    .map(({ batch }) => batch);

/** The state that a Deployment's run began with; undefined: a step's run. */
export function stateOf(history: History): DeploymentState | undefined {
  const start = startOf(history);
  if (start.workflowType?.name !== deploymentWorkflowType) return undefined;
  return argumentOf<DeploymentState>(start.input?.payloads);
}

function publishesIn({ events }: History): { id: number; batch: RecordBatch }[] {
  return (events ?? []).flatMap((event) => {
    const asked = event.activityTaskScheduledEventAttributes;
    if (asked?.activityType?.name !== 'publish') return [];
    return [{ id: Number(event.eventId), batch: argumentOf<RecordBatch>(asked.input?.payloads) }];
  });
}

function endOfActivity(event: HistoryEvent): [scheduled: number, at: number][] {
  const done = event.activityTaskCompletedEventAttributes;
  const { seconds, nanos } = event.eventTime ?? {};
  const at = Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000;
  return done ? [[Number(done.scheduledEventId), at]] : [];
}

/** Our own, of whatever release: that they are read rightly is what the tests are about. */
function argumentOf<T>(payloads: Payload[] | null | undefined): T {
  const [payload] = payloads ?? [];
  if (!payload) throw new Error('a recording without an argument');
  return defaultPayloadConverter.fromPayload<T>(payload);
}
