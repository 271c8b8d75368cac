import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { historyFromJson, historyToJson } from '../support/history-json.ts';
import type { RunHistory } from '../support/replay.ts';

/**
 * Histories of released versions: `recorded/<version>/<life>.json.gz` holds the runs of a life by `<nth>-<workflow type>`,
 * each as Temporal's own command line and Web UI read and write them. Together, as they have much in common.
 */
const folder = fileURLToPath(new URL('recorded/', import.meta.url));

export interface Recording extends RunHistory {
  /** `<version>/<life>`. */
  life: string;
  /** With the number and the type of the run. */
  name: string;
}

/** All recordings of all versions, by name. */
export const recordings = (): Recording[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(suffix))
    .sort()
    .flatMap((file) => {
      const life = file.slice(0, -suffix.length);
      const runs: object = JSON.parse(gunzipSync(readFileSync(folder + file)).toString('utf8'));
      return Object.entries(runs).map(([run, json]) => {
        const history = historyFromJson(json);
        const { workflowId } = startOf(history);
        return { life, name: `${life}/${run}`, history, workflowId: workflowId ?? '' };
      });
    });

const suffix = '.json.gz';

/** Makes room for another recording of the same version. */
export async function removeRecordings(version: string): Promise<void> {
  await rm(folder + version, { recursive: true, force: true });
  await mkdir(folder + version, { recursive: true });
}

/** Writes the runs of a life. @returns the bytes of its file. */
export async function writeRecordings(
  version: string,
  life: string,
  runs: readonly RunHistory['history'][],
): Promise<number> {
  const named = runs.map((history, index) => {
    const type = startOf(history).workflowType?.name ?? 'unknown';
    return [`${String(index + 1).padStart(2, '0')}-${type}`, historyToJson(history)];
  });
  const packed = gzipSync(withoutNoise(Object.fromEntries(named)), { level: 9 });
  await writeFile(`${folder}${version}/${life}${suffix}`, packed);
  return packed.byteLength;
}

/** When a run began, epoch ms. */
export const beganAt = ({ events }: RunHistory['history']): number =>
  Number(events?.[0]?.eventTime?.seconds ?? 0) * 1_000 +
  (events?.[0]?.eventTime?.nanos ?? 0) / 1_000_000;

/** With what a run began. */
export function startOf({ events }: RunHistory['history']) {
  const start = events?.[0]?.workflowExecutionStartedEventAttributes;
  if (!start) throw new Error('a history begins with its start');
  return start;
}

/** Names of hosts and folders, and the ids of polls, which no replay reads. */
const noise = ['identity', 'stackTrace', 'requestId'];

const withoutNoise = (json: unknown): string =>
  JSON.stringify(json, (key, value: unknown) => (noise.includes(key) ? undefined : value));
