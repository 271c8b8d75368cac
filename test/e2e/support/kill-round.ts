import { setTimeout as sleep } from 'node:timers/promises';
import type { CounterDeployment } from './counter-deployment.ts';
import type { FlinkTruth } from './flink-truth.ts';

export const transitions = ['upgrade', 'suspend', 'resume', 'cancel'] as const;
export type TransitionUnderFire = (typeof transitions)[number];
export const victims = ['sluice', 'temporal', 'flink', 'jobmanager', 'taskmanager'] as const;
export type Victim = (typeof victims)[number];

export interface Round {
  transition: TransitionUnderFire;
  victim: Victim;
  /** From the accepted change to the kill, ms. */
  afterMs: number;
}

/** Where a round is played. */
export interface Battlefield {
  truth: FlinkTruth;
  counter: CounterDeployment;
  /** SIGKILL; what is killed and does not come back by itself is started again. @returns how many processes it met. */
  kill(victim: Victim): Promise<number>;
}

/** A small generator with a seed, so that a plan can be run again (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every transition in turn; victim and moment are random. @param among whom the victim is drawn. */
export function planRounds(
  count: number,
  seed: number,
  among: readonly Victim[] = victims,
): Round[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const transition = transitions[i % transitions.length] ?? 'upgrade';
    const victim = among[Math.floor(random() * among.length)] ?? 'sluice';
    const longest = { upgrade: 9_000, resume: 9_000, suspend: 2_500, cancel: 2_000 }[transition];
    return { transition, victim, afterMs: Math.round(random() * longest) };
  });
}

/**
 * Asks for a transition of a running Deployment, kills at the given moment, and waits until the wish is fulfilled; then
 * makes it run again. Every kill is SIGKILL.
 * @returns how many processes were killed: Flink may have had none at that moment.
 */
export async function playRound(
  { transition, victim, afterMs }: Round,
  { truth, counter, kill }: Battlefield,
): Promise<number> {
  if (transition === 'resume') {
    await counter.patch({ state: 'SUSPENDED' });
    await counter.reaches('SUSPENDED');
  }
  const parallelism = await otherParallelism(counter);
  const wish = {
    upgrade: { template: { spec: { parallelism } } },
    suspend: { state: 'SUSPENDED' },
    resume: { state: 'RUNNING' },
    cancel: { state: 'CANCELLED' },
  }[transition];
  await counter.patch(wish);
  await sleep(afterMs);
  const killed = await kill(victim);
  const reached = {
    upgrade: 'RUNNING',
    suspend: 'SUSPENDED',
    resume: 'RUNNING',
    cancel: 'CANCELLED',
  };
  await counter.reaches(reached[transition]);
  if (transition === 'suspend' || transition === 'cancel') {
    const left = await truth.clusters();
    if (left.length > 0)
      throw new Error(`${reached[transition]} was said, but ${left.length} clusters are left`);
    await counter.patch({ state: 'RUNNING' });
    await counter.reaches('RUNNING');
  }
  await counter.counted(0, 120_000);
  return killed;
}

async function otherParallelism(counter: CounterDeployment): Promise<number> {
  const { spec } = await counter.get();
  return spec.template.spec.parallelism === 1 ? 2 : 1;
}
