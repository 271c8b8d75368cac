import { ports } from '../../../src/targets/kubernetes/configuration.ts';
import { collectionsOf, namesOf } from '../../../src/targets/kubernetes/names.ts';

/** Flink's REST interface as a script reaches it. @param proxy base URL of a `kubectl proxy`. */
export function flinkUrl(proxy: string, namespace: string, clusterId: string): string {
  const { jobManager } = namesOf({ clusterId });
  return `${proxy}${collectionsOf(namespace).pods}/http:${jobManager}:${ports.rest}/proxy`;
}
