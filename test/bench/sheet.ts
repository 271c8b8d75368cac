import { writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { pairedRatios, type Summary, summarise } from './statistics.ts';

type Unit = 'ms' | 'times' | 'events' | 'KiB' | 'MiB' | 'calls' | '%';

interface Row extends Summary {
  section: string;
  name: string;
  unit: Unit;
  samples: readonly number[];
}

/** All figures of a run: printed as they come, as tables for `docs/benchmarks.md`, and written as JSON at the end. */
export class Sheet {
  readonly #machine = describeMachine();
  readonly #began = Date.now();
  readonly #rows: Row[] = [];
  readonly #notes: string[] = [];
  #section = '';

  get machine(): string {
    const { cores, cpu, memoryMiB, load, node } = this.#machine;
    return `${cores} cores (${cpu}), ${memoryMiB} MiB, Node ${node}, load ${load.join(' ')}`;
  }

  section(title: string): void {
    this.#section = title;
    process.stdout.write(`\n${title}   [load ${loads().join(' ')}]\n\n`);
    process.stdout.write(`${line(...heads)}\n${rule}\n`);
  }

  add(name: string, unit: Unit, samples: readonly number[]): void {
    const row = { section: this.#section, name, unit, samples, ...summarise(samples) };
    this.#rows.push(row);
    process.stdout.write(`${cellsOf(row)}\n`);
  }

  /** `ours` over `theirs`, of samples that were taken in turns. */
  ratio(name: string, ours: readonly number[], theirs: readonly number[]): void {
    this.add(name, 'times', pairedRatios(ours, theirs));
  }

  note(text: string): void {
    this.#notes.push(`${this.#section}: ${text}`);
    process.stdout.write(`\n${text}\n`);
  }

  /** @param file gets everything, samples included, for another run to be compared with. */
  write(file: string): void {
    const took = Math.round((Date.now() - this.#began) / 1_000);
    const whole = {
      at: new Date(this.#began).toISOString(),
      tookSeconds: took,
      machine: { ...this.#machine, loadAtEnd: loads() },
      rows: this.#rows,
      notes: this.#notes,
    };
    writeFileSync(file, `${JSON.stringify(whole, undefined, 2)}\n`);
  }
}

const heads = ['', 'n', 'median', 'p99', 'min', 'max'] as const;

/** A line of Markdown, in columns for whoever reads it as it is. */
function line(name: string, ...cells: string[]): string {
  return `| ${[name.padEnd(66), ...cells.map((cell) => cell.padStart(7))].join(' | ')} |`;
}

const rule = line('---', ...heads.slice(1).map(() => '--:'));

function cellsOf({ name, unit, n, median, p99, min, max }: Row): string {
  const cell = (value: number | undefined) => (value === undefined ? '' : rounded(value, unit));
  return line(`${name} (${unit})`, String(n), ...[median, p99, min, max].map(cell));
}

function rounded(value: number, unit: Unit): string {
  if (unit === 'times') return value.toFixed(2);
  if (value < 100 && !Number.isInteger(value)) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}

const loads = (): string[] => loadavg().map((load) => load.toFixed(1));

const describeMachine = () => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  system: `Linux ${release()} ${arch()}`,
  node: process.versions.node,
  load: loads(),
});
