import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { openConnection } from '../../src/temporal/connection.ts';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { until } from '../e2e/support/until.ts';
import type { Gap } from './sluice-upgrades.ts';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
interface Position {
  runId: string;
  events: number;
}

/** All events that one upgrade left in Temporal. */
export interface UpgradeHistory {
  parent: HistoryEvent[];
  children: { workflowId: string; type: string; events: HistoryEvent[] }[];
}

/** Reads out of Temporal what each upgrade of one Deployment added. */
export class UpgradeHistories {
  readonly upgrades: UpgradeHistory[] = [];
  readonly close: () => Promise<void>;
  readonly #client: Client;
  readonly #workflowId: string;
  #from: Position | undefined;

  private constructor(client: Client, workflowId: string, close: () => Promise<void>) {
    this.#client = client;
    this.#workflowId = workflowId;
    this.close = close;
  }

  static async of(address: string, deploymentId: string): Promise<UpgradeHistories> {
    const { client, connection } = openConnection({ address, namespace: 'default' });
    const workflowId = deploymentWorkflowId('default', deploymentId);
    return new UpgradeHistories(client, workflowId, () => connection.close());
  }

  /** Right before an upgrade. */
  async begin(): Promise<void> {
    this.#from = await this.#quiet();
  }

  /** Once it is over. */
  async end(): Promise<void> {
    const from = this.#from;
    if (!from) throw new Error('end without begin');
    const to = await this.#quiet();
    const before = (await this.#events(this.#workflowId, from.runId)).slice(from.events);
    const after = to.runId === from.runId ? [] : await this.#events(this.#workflowId, to.runId);
    const parent = [...before, ...after];
    const started = parent.flatMap(
      (event) => event.childWorkflowExecutionStartedEventAttributes ?? [],
    );
    const children = started.map(async ({ workflowExecution, workflowType }) => {
      const { workflowId = '', runId } = workflowExecution ?? {};
      const events = await this.#events(workflowId ?? '', runId ?? undefined);
      return { workflowId: workflowId ?? '', type: workflowType?.name ?? '', events };
    });
    this.upgrades.push({ parent, children: await Promise.all(children) });
  }

  /** Where the Deployment's history ends, once nothing is added to it any more. */
  async #quiet(): Promise<Position> {
    let last = '';
    const { runId, historyLength } = await until(
      'the history is quiet',
      () => this.#client.workflow.getHandle(this.#workflowId).describe(),
      (seen) => {
        const now = `${seen.runId} ${seen.historyLength}`;
        const same = now === last;
        last = now;
        return same;
      },
      { everyMs: 1_000 },
    );
    return { runId, events: historyLength };
  }

  async #events(workflowId: string, runId: string | undefined): Promise<HistoryEvent[]> {
    const { events } = await this.#client.workflow.getHandle(workflowId, runId).fetchHistory();
    return events ?? [];
  }
}

/** A line for each step: which workflow, with how many events. */
export const describeChildren = ({ children }: UpgradeHistory): string[] =>
  children.map(({ workflowId, type, events }) => {
    const [, , , ...step] = workflowId.split('/');
    return `${type} (…/${step.join('/')}): ${events.length} events`;
  });

/** What happened when, in ms since the last number of the old job: for finding where the time goes. */
export function timelineOf({ parent, children }: UpgradeHistory, gap: Gap): string[] {
  const all = [
    ...parent.map((event) => ({ who: 'deployment', event })),
    ...children.flatMap(({ type, events }) => events.map((event) => ({ who: type, event }))),
  ];
  const lines = [
    ...all.map(({ who, event }) => ({ at: millisecondsOf(event), who, what: whatOf(event) })),
    { at: gap.from, who: 'old job', what: '--- counts its last number' },
    { at: gap.to, who: 'new job', what: '--- counts its first number' },
  ];
  return lines
    .sort((a, b) => a.at - b.at)
    .map(
      ({ at, who, what }) =>
        `${(at - gap.from).toFixed(0).padStart(7)} ms  ${who.padEnd(16)} ${what}`,
    );
}

const millisecondsOf = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1_000_000;

function whatOf(event: HistoryEvent): string {
  const name = proto.temporal.api.enums.v1.EventType[event.eventType ?? 0] ?? '?';
  const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType?.name;
  return [name.replace('EVENT_TYPE_', ''), activity ?? child ?? ''].join(' ');
}
