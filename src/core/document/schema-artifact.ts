import { z } from 'zod';
import { lazily } from '../lazily.ts';
import { filledText } from './schema-scalars.ts';
import { splitWords } from './words.ts';

/** The program to run (api.md 4.1). */
export const artifactSchema = lazily(() =>
  z
    .object({
      kind: z
        .enum(['JAR'], { error: 'must be JAR; SQLSCRIPT and PYTHON are not supported yet' })
        .default('JAR')
        .describe('Kind of artifact. Default: JAR.'),
      jarUri: z
        .string()
        .superRefine((uri, context) => {
          const message = whyBadJarUri(uri);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        })
        .describe('URI of the job jar: http, https, file or a bucket.'),
      mainArgs: z
        .string()
        .superRefine((text, context) => {
          const split = splitWords(text);
          if ('problem' in split) context.addIssue({ code: 'custom', message: split.problem });
        })
        .exactOptional()
        .describe(
          'Arguments of the main method in one text, split into words like a shell does (quotes, backslash), without any expansion.',
        ),
      entryClass: filledText
        .exactOptional()
        .describe('Main class. Absent: Main-Class of the jar manifest.'),
      additionalDependencies: z
        .array(filledText)
        .exactOptional()
        .describe('URIs of further files for the class path.'),
      flinkVersion: filledText.describe('Flink version. Default: the first configured version.'),
      flinkImageRegistry: filledText
        .exactOptional()
        .describe('Image registry. Default: the configured one.'),
      flinkImageRepository: filledText
        .exactOptional()
        .describe('Image repository. Default: the configured one (flink).'),
      flinkImageTag: filledText
        .exactOptional()
        .describe(
          'Image tag. Default: that of the configured version; follows flinkVersion until set.',
        ),
    })
    .describe('The program to run.'),
);

/** Schemes of api.md 4.1; whether a server may fetch from there is for it to say (reliability.md 7). */
const schemes = /^(?:https?|file|s3[anp]?|wasbs?|abfss?|hdfs|gs|oss):\/|^\$\{/i;

function whyBadJarUri(uri: string): string | undefined {
  if (uri === '') return 'must not be empty';
  if (!schemes.test(uri) || /\s/.test(uri)) {
    return 'must be a URI of a jar: http(s), file, s3, wasbs, hdfs, gs or oss';
  }
  // `http://good@evil/` reads like one host and means another (N07).
  return /^https?:\/\/[^/?#]*@/i.test(uri)
    ? 'must not hold a user name or password before the host'
    : undefined;
}
