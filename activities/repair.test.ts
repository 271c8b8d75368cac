import { expect, test } from 'vitest';
import type { ClusterSpec } from '../src/core/cluster.ts';
import { Refused } from '../src/core/errors/index.ts';
import type { ErrorCode } from '../src/core/vocabulary.ts';
import { newCluster } from '../src/targets/testing/new-cluster.ts';
import { createStop } from './stop.ts';
import { delivered } from './testing/delivery.ts';
import { stubDeps } from './testing/stub-deps.ts';

const cluster: ClusterSpec = newCluster();
const refusedWith = (code: ErrorCode) => {
  const deps = stubDeps({});
  const ensure = () => Promise.reject(new Refused(code, 'in its words'));
  const local = { ...deps.targets.local, ensure };
  const { repairCluster } = createStop({ ...deps, targets: { local } } as unknown as typeof deps);
  return delivered(1, () => repairCluster({ cluster }));
};

test.each<ErrorCode>(['NO_ROOM_ON_TARGET', 'CLUSTER_START_FAILED', 'DISK_FULL'])(
  'what a cluster that runs is refused (%s) may be given: its repair is tried again',
  async (code) => {
    await expect(refusedWith(code)).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('in its words'),
    });
  },
);

test('a cluster that was destroyed is not repaired', async () => {
  await expect(refusedWith('FENCED_OUT')).rejects.toMatchObject({ nonRetryable: true });
});
