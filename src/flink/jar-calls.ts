import { openAsBlob } from 'node:fs';
import { FormData } from 'undici';
import { z } from 'zod';
import { Refused } from '../core/errors/index.ts';
import { errorSays, readBody, refused, unreachable } from './answers.ts';
import type { FlinkEndpoint, RunRequest } from './client.ts';
import type { Send } from './transport.ts';

const jarsReply = z.object({ files: z.array(z.object({ id: z.string(), name: z.string() })) });
const uploadReply = z.object({ status: z.literal('success'), filename: z.string() });
const runReply = z.object({ jobid: z.string() });

const jarType = 'application/x-java-archive';

/** Program artifacts and the submission of a job. */
export function jarCalls(
  send: Send,
): Pick<FlinkEndpoint, 'jars' | 'uploadJar' | 'deleteJar' | 'run'> {
  return {
    async jars(signal) {
      const { files } = readBody(jarsReply, await send({ method: 'GET', path: '/jars' }, signal));
      return files;
    },
    async uploadJar(path, name, signal) {
      // undici's own FormData: Node's global one would be sent as text (flink.md 4).
      const form = new FormData();
      form.append('jarfile', await openJar(path), name);
      const answer = await send({ method: 'POST', path: '/jars/upload', form, long: true }, signal);
      const id = readBody(uploadReply, answer).filename.split('/').at(-1);
      if (!id) throw unreachable(answer.source, 'an upload without a file name');
      return id;
    },
    async deleteJar(jarId, signal) {
      const answer = await send({ method: 'DELETE', path: jarPath(jarId) }, signal);
      // Already gone is what was wanted: a repeated call meets its own effect.
      if (errorSays(answer, /does not exist/)) return;
      readBody(z.unknown(), answer);
    },
    async run(request, signal) {
      const path = `${jarPath(request.jarId)}/run`;
      const answer = await send(
        { method: 'POST', path, json: runBody(request), long: true },
        signal,
      );
      // 4xx or 5xx makes no difference here: a missing entry class is a 500 (flink.md 4).
      if (answer.kind === 'error') throw refused(answer);
      const { jobid } = readBody(runReply, answer);
      if (jobid !== request.jobId) throw unreachable(answer.source, `it speaks of job ${jobid}`);
    },
  };
}

const jarPath = (jarId: string): string => `/jars/${encodeURIComponent(jarId)}`;

/** Only fields this version knows: Flink ignores others silently, and a job would start empty (flink.md 0, point 8). */
function runBody(request: RunRequest): Record<string, unknown> {
  const { flinkVersion, savepointPath, programArgs, allowNonRestoredState } = request;
  // The name changed with 2.0; NO_CLAIM leaves the restore point with its owner (reliability.md 2.2, rule 6).
  const restoreMode = flinkVersion.startsWith('1.') ? 'restoreMode' : 'claimMode';
  return {
    jobId: request.jobId,
    parallelism: request.parallelism,
    // `programArgs`, one string, is ignored by 2.3 (flink.md 4).
    programArgsList: programArgs,
    ...(request.entryClass !== undefined && { entryClass: request.entryClass }),
    ...(savepointPath !== undefined && { savepointPath, [restoreMode]: 'NO_CLAIM' }),
    ...(allowNonRestoredState !== undefined && { allowNonRestoredState }),
    ...(request.flinkConfiguration && { flinkConfiguration: request.flinkConfiguration }),
  };
}

async function openJar(path: string): Promise<Blob> {
  try {
    return await openAsBlob(path, { type: jarType });
  } catch (cause) {
    throw new Refused('ARTIFACT_NOT_FOUND', `The jar ${path} cannot be read on this host.`, {
      cause,
    });
  }
}
