/**
 * A controller in a process of its own, to be killed: `node controller.ts <options> <cluster> <operations> [step]`, in
 * JSON. It kills itself right after that step, as a crash between two steps would; else it prints what the last operation
 * answered. The operation `fill` fills the disk the data are on.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterSpec } from '../../../core/cluster.ts';
import { SluiceError } from '../../../core/errors/index.ts';
import { createLocalTarget, type LocalTargetOptions } from '../local-target.ts';

interface Order {
  options: LocalTargetOptions;
  cluster: ClusterSpec;
  operations: ('ensure' | 'destroy' | 'fill')[];
  killAfter?: string;
}

const { options, cluster, operations, killAfter }: Order = JSON.parse(process.argv[2] ?? '');
const { signal } = new AbortController();
const target = createLocalTarget({
  ...options,
  onStep: (step) => {
    if (step === killAfter) process.kill(process.pid, 'SIGKILL');
  },
});

function fillTheDisk(): void {
  const path = join(options.dataDirectory, 'ballast');
  for (let size = 2 ** 16; size >= 1; size /= 2) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}

try {
  for (const operation of operations) {
    if (operation === 'fill') fillTheDisk();
    else console.log(JSON.stringify(await target[operation](cluster, signal)));
  }
} catch (error) {
  console.log(error instanceof SluiceError ? error.code : error);
}
