import { z } from 'zod';
import { lazily } from '../lazily.ts';
import {
  checkpointDirectoryKeys,
  haDirectoryKeys,
  retentionKey,
  savepointDirectoryKeys,
  slotsKey,
} from './flink-keys.ts';
import { isObject, utf8Bytes } from './json.ts';
import { whyReserved } from './reserved-keys.ts';

/** A key becomes the start of a line in Flink's configuration file: nothing in it may end the key or the line (N12). */
const wellFormedKey = /^[\w$][\w.$/@+*-]*$/;

/** Longest directory, in bytes: the longest key of S3. A Deployment's state holds it with each restore point. */
const maxDirectoryBytes = 1_024;

const directoryKeys: readonly string[] = [
  ...checkpointDirectoryKeys,
  ...savepointDirectoryKeys,
  ...haDirectoryKeys,
];

/** `template.spec.flinkConfiguration` (api.md 4.2): a flat map of strings, `${NAME}` and `{{jobId}}` left as written. */
export const flinkConfigurationSchema = lazily(() =>
  z
    .record(
      z.string(),
      z.string({ error: 'must be a text: write nested keys in one, joined by dots (a.b: value)' }),
    )
    .superRefine(
      (configuration, context) => {
        for (const [key, value] of Object.entries(configuration)) {
          const message = whyBad(key, value);
          if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
        }
      },
      // Beside a value that is no text the other keys are judged all the same: every bad field is named at once.
      { when: ({ value }) => isObject(value) },
    )
    .default({})
    .describe(
      "Flink's configuration. {{namespace}}, {{deploymentId}}, {{deploymentName}}, {{jobId}} are filled in when a job is made. Default: {}.",
    ),
);

function whyBad(key: string, value: unknown): string | undefined {
  if (!wellFormedKey.test(key)) return 'is not a configuration key: remove blanks, ":" and quotes';
  const reserved = whyReserved(key);
  if (reserved !== undefined || typeof value !== 'string') return reserved;
  if (value.trim() === '') return 'must not be empty: remove the key to have its default';
  if (key === slotsKey) return whyBadSlots(value);
  if (key === retentionKey) return whyTooLong(value);
  return directoryKeys.includes(key) ? whyBadDirectory(value) : undefined;
}

const whyBadSlots = (value: string): string | undefined =>
  /^[1-9]\d{0,5}$/.test(value.trim()) ? undefined : 'must be a whole number of at least 1';

const whyTooLong = (value: string): string | undefined =>
  utf8Bytes(value) > maxDirectoryBytes
    ? `must be at most ${maxDirectoryBytes} bytes long`
    : undefined;

/** `..` would lead out of an allowed place, however it is written (N09). */
export function whyBadDirectory(value: string): string | undefined {
  if (!/^(?:[a-z][a-z0-9+.-]*:\/|\/|\$\{|\{\{)/i.test(value.trim())) {
    return 'must be a URI or an absolute path, such as s3://bucket/folder';
  }
  if (utf8Bytes(value) > maxDirectoryBytes)
    return `must be at most ${maxDirectoryBytes} bytes long`;
  const climbs = /(?:^|[/\\:])(?:\.|%2e){2}(?:[/\\]|%2f|%5c|$)/i.test(value);
  return climbs ? 'must not contain ".." as a part of the path' : undefined;
}
