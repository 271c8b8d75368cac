import { z } from 'zod';
import { compatibilitySettings } from './compatibility.ts';
import { durationSettings } from './durations.ts';
import { flinkTlsSettings } from './flink-tls.ts';
import { serverSettings } from './server.ts';
import { type About, aboutOf } from './setting.ts';
import { storageSettings } from './storage.ts';
import { temporalSettings } from './temporal.ts';

/** Environment variables as a process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every setting, in the order of the table in `docs/operating.md`. */
export const environment = z.object({
  ...serverSettings,
  ...temporalSettings,
  ...storageSettings,
  ...flinkTlsSettings,
  ...compatibilitySettings,
  ...durationSettings,
});

export type Settings = z.output<typeof environment>;

/** What a variable says about itself; undefined for one that is no setting. */
export const aboutVariable = (name: string): About | undefined =>
  aboutOf(Object.entries(environment.shape).find(([key]) => key === name)?.[1]);

/** Whether the value of a variable must never be shown or handed on. */
export const isSecret = (name: string): boolean => aboutVariable(name)?.secret === true;
