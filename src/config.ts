/**
 * The settings of a Sluice process. The only reader of the environment: everything else gets values handed in.
 * One schema is the check, the defaults and the table in `docs/operating.md`.
 */
import { z } from 'zod';
import { aboutVariable, type Environment, environment } from './config/environment.ts';
import { flinkTlsProblems } from './config/flink-tls.ts';
import { toConfig } from './config/to-config.ts';
import { ValidationFailed } from './core/errors/index.ts';

export type { Environment } from './config/environment.ts';

/** All settings of a process, checked, with defaults and absolute paths. */
export type Config = ReturnType<typeof toConfig>;

/** One row of the table of settings. */
export interface SettingRow {
  name: string;
  default: string | undefined;
  allowed: string;
  description: string;
}

/** Every setting with its default, for `docs/operating.md`. */
export function settingsTable(): SettingRow[] {
  return Object.entries(environment.shape).map(([name, schema]) => ({
    name,
    default: schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : undefined,
    allowed: aboutVariable(name)?.allowed ?? '',
    description: aboutVariable(name)?.description ?? '',
  }));
}

/**
 * Reads the settings. A variable that is set but empty counts as not set.
 * @throws {ValidationFailed} names each bad variable, its value (secrets aside) and what is allowed.
 */
export function loadConfig(env: Environment = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (parsed.success) {
    const problems = flinkTlsProblems(parsed.data);
    if (problems.length > 0) throw new ValidationFailed(problems);
    return toConfig(parsed.data, given);
  }
  const names = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
  throw new ValidationFailed([...names].map((name) => problemOf(name, given[name])));
}

function problemOf(name: string, value: string | undefined): { field: string; message: string } {
  const setting = aboutVariable(name);
  const shown = setting?.secret ? 'a value (not shown)' : JSON.stringify(value);
  return { field: name, message: `is ${shown}, but must be: ${setting?.allowed}` };
}

/** Variables that begin like ours and mean nothing: most likely misspelt. */
export function unknownVariables(env: Environment = process.env): string[] {
  return Object.keys(env).filter(
    (name) => name.startsWith('SLUICE_') && !(name in environment.shape),
  );
}
