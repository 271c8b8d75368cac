import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { findSampleJobs } from '../../../src/setup/runtimes.ts';
import { CounterDeployment } from '../../e2e/support/counter-deployment.ts';
import { openTruth } from '../../kubernetes/support/arena.ts';
import { type Installation, install } from '../../kubernetes/support/installation.ts';
import { kubeconfig } from '../../kubernetes/support/kube.ts';
import { makeTarget, onTheVolume } from '../../kubernetes/support/on-the-volume.ts';
import { ownNode } from '../../kubernetes/support/own-node.ts';
import type { Sheet } from '../sheet.ts';
import type { Teardown } from '../teardown.ts';
import { type Call, callsIn } from './audit-log.ts';
import { cancel } from './ground.ts';

/** What has room on a node of two cores beside Sluice's own four pods. */
const deployments = 3;
const resources = { cpu: 0.2, memory: '700m' };

/** So little CPU makes them slow to start. */
const startMs = 300_000;

/** Long enough for whatever is done every minute; the watch comes anew every 5 minutes. */
const seconds = 120;

/** The very first watch, or its next round, of a namespace: shared by all Deployments there. */
const isSharedWatch = ({ what }: Call): boolean => what === 'watch pods';

/**
 * What Sluice in the cluster asks of the API server, by the server's own audit log: with no Deployment, and with some that
 * run and are left alone. It looks at each every second, ten times as often as by default.
 */
export async function measureIdleCalls(sheet: Sheet, teardown: Teardown) {
  sheet.section(`4. Calls of the API server by Sluice in the cluster, in ${seconds} s`);
  const node = ownNode(kubeconfig());
  if (!node) {
    sheet.note('not measured: needs a cluster of `cluster/`, with its audit log');
    return;
  }
  const installed = await install();
  teardown.defer(installed.close);
  const { namespace } = installed.sluice;
  const callsDuring = async (work: () => Promise<unknown>): Promise<Call[]> => {
    const from = Date.now();
    await work();
    return callsIn(await readFile(node.auditLog, 'utf8'), namespace, from, Date.now());
  };
  const watched = () => callsDuring(() => pause(seconds * 1_000));
  await makeTarget(installed);
  const without = await watched();
  const starting = await callsDuring(() => startCounters(installed, teardown));
  // A count of nothing means something only where there is something to count.
  if (starting.length === 0) throw new Error('the audit log has no call of Sluice at all');
  const withAll = await watched();

  const besides = (calls: Call[]): number => calls.filter((call) => !isSharedWatch(call)).length;
  const more = (besides(withAll) - besides(without)) / deployments;
  sheet.add('with no Deployment', 'calls', [without.length]);
  sheet.add(`while ${deployments} start`, 'calls', [starting.length]);
  sheet.add(`with ${deployments} idle Deployments`, 'calls', [withAll.length]);
  sheet.add('the shared watch among them', 'calls', [withAll.length - besides(withAll)]);
  sheet.add('per idle Deployment and hour, besides the watch', 'calls', [more * (3_600 / seconds)]);
  sheet.note(`with none: ${tally(without)}; with ${deployments}: ${tally(withAll)}`);
  await teardown.run();
}

async function startCounters(installed: Installation, teardown: Teardown): Promise<void> {
  const { truth, close } = await openTruth(installed.flink);
  teardown.defer(close);
  const jar = await installed.api.upload(findSampleJobs().counter);
  const template = {
    ...onTheVolume().template,
    resources: { jobmanager: resources, taskmanager: resources },
  };
  const names = Array.from({ length: deployments }, (_, index) => `idle-${index}`);
  const counters = names.map((name) => new CounterDeployment(installed.api, truth, name));
  for (const counter of counters) {
    await counter.create(jar, { ...onTheVolume(), template });
    teardown.defer(() => cancel(counter));
  }
  for (const counter of counters) {
    await counter.reaches('RUNNING', startMs);
    await counter.counted();
  }
}

/** How often each kind of call. */
function tally(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const { what } of calls) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing';
}
