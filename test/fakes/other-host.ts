import type { ClusterRef } from '../../src/core/cluster.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';

/**
 * The same target as a worker with another data directory sees it: what it did not make itself has no folder and no
 * process there.
 */
export function otherHost(target: ClusterTarget): ClusterTarget {
  const made = new Set<string>();
  const evidence = 'no folder and no process on that-host';
  const isKnown = ({ clusterId }: ClusterRef) => made.has(clusterId);
  return {
    holder: async () => ({ id: 'that-installation', place: 'that-host:/data' }),
    ensure: (spec, signal) => {
      made.add(spec.clusterId);
      return target.ensure(spec, signal);
    },
    describe: async (ref, signal) =>
      isKnown(ref) ? await target.describe(ref, signal) : { kind: 'absent', evidence },
    destroy: async (ref, signal) =>
      isKnown(ref) ? await target.destroy(ref, signal) : { evidence },
    list: async (signal) => (await target.list(signal)).filter(isKnown),
  };
}
