import type { FlinkEndpoint } from '../../src/flink/client.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';

/** An external call by the name of the method that makes it. */
export type CallKind = keyof ClusterTarget | keyof FlinkEndpoint | 'fetch';

export type CallAnswer = 'pending' | 'ok' | 'refused' | 'unreachable' | 'violation' | 'failed';

/** What is known of a call before it is made. */
export interface CallInfo {
  kind: CallKind;
  deploymentId?: string;
  clusterId?: string;
  flinkJobId?: string;
  /** Trigger id, path, URI, jar: what the call is about besides. */
  detail?: string;
}

/** One external call. Fields fill up while it runs. */
export interface TraceEntry extends CallInfo {
  /** 1, 2, … in the order of arrival. */
  n: number;
  at: number;
  /** It changed Flink, the target or storage; a repeat that met its own effect did not. */
  effect: boolean;
  answer: CallAnswer;
  /** What was answered, or the error's message. */
  value?: unknown;
}

/** All external calls in order, with questions for tests. */
export class Trace {
  readonly entries: TraceEntry[] = [];

  begin(info: CallInfo, at: number): TraceEntry {
    const entry: TraceEntry = {
      ...info,
      n: this.entries.length + 1,
      at,
      effect: false,
      answer: 'pending',
    };
    this.entries.push(entry);
    return entry;
  }

  /** External writes: calls that changed something (reliability.md, Words). */
  writes(deploymentId?: string): TraceEntry[] {
    return this.of(deploymentId).filter((entry) => entry.effect);
  }

  of(deploymentId?: string): TraceEntry[] {
    if (deploymentId === undefined) return [...this.entries];
    return this.entries.filter((entry) => entry.deploymentId === deploymentId);
  }

  calls(kind: CallKind, deploymentId?: string): TraceEntry[] {
    return this.of(deploymentId).filter((entry) => entry.kind === kind);
  }

  count(kind: CallKind, deploymentId?: string): number {
    return this.calls(kind, deploymentId).length;
  }

  /** Names of the writes in order, for a test that states them all. */
  writeKinds(deploymentId?: string): CallKind[] {
    return this.writes(deploymentId).map((entry) => entry.kind);
  }

  /** The trace for people, a call per line: what a failing test prints. */
  toString(): string {
    return this.entries.map(line).join('\n');
  }
}

function line(entry: TraceEntry): string {
  const about = [entry.clusterId, entry.flinkJobId, entry.detail].filter((part) => part).join(' ');
  const said = entry.value === undefined ? '' : ` ${JSON.stringify(entry.value)}`.slice(0, 200);
  return `${entry.n} @${entry.at} ${entry.effect ? '!' : ' '}${entry.kind} ${about} -> ${entry.answer}${said}`;
}
