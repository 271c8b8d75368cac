import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../e2e/support/until.ts';
import { Kube } from './support/kube.ts';
import { isOurs } from './support/node.ts';
import { startCluster, type TestCluster } from './support/test-cluster.ts';

describe.runIf(isOurs())('a second cluster on this machine', () => {
  let kube: Kube;
  let second: TestCluster;
  beforeAll(async () => {
    kube = await Kube.open('sluice-beside');
    await kube.make('pods', sleeper);
    await sleeperIs('Running');
  });
  afterAll(async () => {
    await kube.close();
  });

  const sleeperIs = (phase: string) =>
    until(
      `the pod is ${phase}`,
      async () => (await kube.pods()).map(({ status }) => status.phase),
      ([seen]) => seen === phase,
    );

  test('takes nothing of the first for its own', async () => {
    second = await startCluster(() => undefined, new AbortController().signal);
    expect(second.environment.KUBECONFIG).not.toBe(process.env.KUBECONFIG);
    await sleeperIs('Running');
  });

  test('does not end without a word while something of it is left', async () => {
    const left = join(second.home, 'run');
    execFileSync('mount', ['--bind', left, left]);
    try {
      await expect(second.remove()).rejects.toThrow(/down\.sh/);
    } finally {
      execFileSync('umount', [left]);
    }
    expect(existsSync(second.home)).toBe(true);
  });

  test('ends, and the first goes on', async () => {
    await second.remove();
    expect(existsSync(second.home)).toBe(false);
    await sleeperIs('Running');
  });

  test('is not there when its start is broken off', async () => {
    const interruption = new AbortController();
    const before = homes();
    const starting = startCluster(() => undefined, interruption.signal);
    const isBrokenOff = expect(starting).rejects.toBe('SIGINT');
    await until(
      'its node starts',
      async () => homes(),
      (seen) => seen.length > before.length,
    );
    interruption.abort('SIGINT');
    await isBrokenOff;
    expect(homes()).toEqual(before);
  });
});

/** Of clusters that have a node. */
const homes = (): string[] =>
  readdirSync('/var/tmp').filter((name) => existsSync(`/var/tmp/${name}/run/unshare.pid`));

/** It does not come back when it is killed. */
const sleeper = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'sleeper' },
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'sleeper', image: 'localhost/busybox:local', imagePullPolicy: 'Never' }],
  },
};
