import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Violations } from './violations.ts';

const captureSchema = z.object({
  kind: z.enum(['checkpoint', 'savepoint']),
  deploymentId: z.string(),
  flinkJobId: z.string(),
  checkpointId: z.number(),
  counter: z.number(),
  operators: z.array(z.string()),
  stateType: z.string(),
  at: z.number(),
});

/** What a checkpoint or savepoint holds: the counter, who made it, and the operators whose state it has. */
export type Capture = z.infer<typeof captureSchema>;

/**
 * User storage. Under `file:` each capture is a folder with a small `_metadata` that begins as Flink's, so that
 * what looks at the file system (a scan for `chk-N`, its header, a person's `cp` or `rm`) sees the world's truth; other schemes live in memory.
 */
export class FakeStorage {
  /** A temporary folder of this world, `file:///…` without a slash at the end. */
  readonly uri: string;
  readonly directory: string;
  readonly #violations: Violations;
  readonly #elsewhere = new Map<string, string>();
  readonly #pins = new Map<string, Map<string, string>>();

  constructor(violations: Violations) {
    this.#violations = violations;
    this.directory = mkdtempSync(join(tmpdir(), 'sluice-fake-world-'));
    this.uri = pathToFileURL(this.directory).href;
  }

  /** Makes the folder without `_metadata`: a checkpoint under way, or one that was never completed. */
  begin(path: string): void {
    if (isFile(path)) mkdirSync(folderOf(path), { recursive: true });
  }

  write(path: string, capture: Capture): void {
    const text = JSON.stringify(capture);
    if (isFile(path)) {
      this.begin(path);
      const metadata = Buffer.concat([headerOf(capture.checkpointId), Buffer.from(text)]);
      writeFileSync(join(folderOf(path), '_metadata'), metadata);
    } else this.#elsewhere.set(asFlinkPath(path), text);
  }

  /** The capture at the path; undefined when there is none, or only a folder without `_metadata`. */
  read(path: string): Capture | undefined {
    const text = isFile(path) ? readFile(path) : this.#elsewhere.get(asFlinkPath(path));
    return text === undefined ? undefined : captureSchema.parse(JSON.parse(text));
  }

  /** Nothing may delete the path from now on (S20). @param owner who needs it. @param why for the violation's text. */
  pin(path: string, owner: string, why: string): void {
    const owners = this.#pins.get(asFlinkPath(path)) ?? new Map<string, string>();
    this.#pins.set(asFlinkPath(path), owners.set(owner, why));
  }

  unpin(path: string, owner: string): void {
    this.#pins.get(asFlinkPath(path))?.delete(owner);
  }

  /** A delete through Flink or Sluice. Throws at a pinned path (S20). */
  delete(path: string): void {
    const reasons = [...(this.#pins.get(asFlinkPath(path))?.values() ?? [])];
    if (reasons.length > 0)
      this.#violations.raise('S20', `${path} was deleted: ${reasons.join(', ')}`);
    this.lose(path);
  }

  /** The test takes it away, as lost storage or a person would: no rule looks. */
  lose(path: string): void {
    if (isFile(path)) rmSync(folderOf(path), { recursive: true, force: true });
    else this.#elsewhere.delete(asFlinkPath(path));
  }

  /** The file system is not there: its folder is missing, as an empty mount point's would be. */
  unmount(): void {
    renameSync(this.directory, `${this.directory}.unmounted`);
  }

  mount(): void {
    rmSync(this.directory, { recursive: true, force: true });
    renameSync(`${this.directory}.unmounted`, this.directory);
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Flink prints local paths with one slash (`file:/…`), whatever it was given (flink.md 5). */
export function asFlinkPath(path: string): string {
  const trimmed = path.replace(/\/+$/, '').replace(/\/_metadata$/, '');
  return isFile(trimmed) ? trimmed.replace(/^file:\/*/, 'file:/') : trimmed;
}

const isFile = (path: string): boolean => path.startsWith('file:');

const folderOf = (path: string): string =>
  fileURLToPath(asFlinkPath(path).replace(/^file:\//, 'file:///'));

function readFile(path: string): string | undefined {
  const file = join(folderOf(path), '_metadata');
  return existsSync(file) ? readFileSync(file).subarray(headerBytes).toString() : undefined;
}

const headerBytes = 16;

/** As Flink 2.3 begins the file (flink/state/checkpoint-metadata.ts); what follows is the fakes' own. */
function headerOf(checkpointId: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(0x4960672d, 0);
  header.writeUInt32BE(6, 4);
  header.writeBigInt64BE(BigInt(checkpointId), 8);
  return header;
}
