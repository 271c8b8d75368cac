import { Sheet } from './sheet.ts';
import { Teardown } from './teardown.ts';

/** A part of a benchmark by its name; whatever it begins it leaves to the teardown. */
type Sections = Record<string, () => Promise<void>>;

export interface RunOptions {
  /** Names of sections with commas between; absent: all. */
  only?: string | undefined;
  /** File for all samples. */
  json?: string | undefined;
}

/** Runs a benchmark and ends this process, with 1 if it broke off; what it began ends first in any case. */
export async function runSections(
  { only, json }: RunOptions,
  sectionsOf: (sheet: Sheet, teardown: Teardown) => Sections,
): Promise<never> {
  const sheet = new Sheet();
  const teardown = new Teardown();
  process.stdout.write(`${sheet.machine}\n`);
  try {
    await Promise.race([runEach(sectionsOf(sheet, teardown), only), interrupted()]);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await teardown.run();
    if (json !== undefined) sheet.write(json);
  }
  // What a signal left half-done would keep the process alive.
  process.exit();
}

async function runEach(sections: Sections, only: string | undefined): Promise<void> {
  for (const name of only?.split(',') ?? Object.keys(sections)) {
    const section = sections[name];
    if (!section) throw new TypeError(`no section "${name}"; known: ${Object.keys(sections)}`);
    await section();
  }
}

/** Ctrl-C ends what was begun, too: clusters are detached and would stay. It may come twice, by the group and from npm. */
const interrupted = (): Promise<never> =>
  new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => reject(new Error(`ended by ${signal}`)));
  });
