import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, namesIn } from './files.ts';
import type { Part } from './token.ts';

const shown = { lines: 12, characters: 2_000 };

/**
 * The last lines of a part's log or, when it wrote none, of its output: for people, bounded, printable, without the frames
 * of Java's stack traces, which are longer than what is to be said.
 */
export async function lastLines(logs: string, part: Part): Promise<string> {
  for (const file of [`${part}.log`, `${part}.out`]) {
    const text = printable(await readEnd(join(logs, file), 32_768));
    const lines = text.split('\n').filter((line) => !frame.test(line));
    // From the last error on, where there is one: what Flink tells before it dies is mostly noise.
    const said = lines.slice(
      Math.max(
        0,
        lines.findLastIndex((line) => error.test(line)),
      ),
    );
    const last = said.slice(-shown.lines).join('\n').trim();
    if (last !== '') return last.slice(-shown.characters);
  }
  return '';
}

const error = /^\d{4}-\d\d-\d\d \S+ (ERROR|FATAL) /;
const frame = /^\s*(at \S+\(|\.\.\. \d+ more)/;

/** The ends of all logs of a cluster, at most 64 KiB of each; empty when there are none. */
export async function logEnds(logs: string): Promise<string> {
  const names = await namesIn(logs);
  const wanted = names.filter((name) => /\.(log|out)$/.test(name)).toSorted();
  const ends = wanted.map(
    async (name) => `== ${name}\n${await readEnd(join(logs, name), 65_536)}\n`,
  );
  return (await Promise.all(ends)).join('');
}

/** At most the last `bytes` of a file; empty when there is none. */
async function readEnd(path: string, bytes: number): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - bytes);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, start);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** Without control characters but line breaks: a log may hold anything. */
const printable = (text: string): string => text.replace(/[^\n\P{Cc}]/gu, '').trim();
