import { Refused } from '../../core/errors/index.ts';
import type { FlinkRuntime } from './options.ts';

/**
 * The runtime for a version as users write it: `1.20.5` means that one, `1.20` and `2` the newest one below it.
 * @throws {Refused} UNKNOWN_FLINK_VERSION, naming those there are.
 */
export function chooseRuntime(runtimes: readonly FlinkRuntime[], version: string): FlinkRuntime {
  const known = runtimes.toSorted((a, b) => compareVersions(b.version, a.version));
  const found = known.find((runtime) => `${runtime.version}.`.startsWith(`${version}.`));
  if (found !== undefined) return found;
  const names = known.map((runtime) => runtime.version).join(', ');
  const message = `Flink ${version} is not installed on this target; it has: ${names || 'none'}`;
  throw new Refused('UNKNOWN_FLINK_VERSION', message);
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
