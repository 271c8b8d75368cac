import { z } from 'zod';
import { lazily } from '../lazily.ts';
import { desiredStates, restoreStrategies, upgradeStrategies } from '../vocabulary.ts';
import { durationMs } from './duration.ts';
import { filledText, textMap, wholeNumber } from './schema-scalars.ts';
import { templateSchema } from './schema-template.ts';

/** `spec.state`; `CANCELED` is another spelling on input (api.md 1.8). */
const desiredStateSchema = () =>
  z.enum(desiredStates).default('CANCELLED').describe('Desired state. Default: CANCELLED.');

const attempts = wholeNumber.min(1);

const upgradeStrategySchema = () =>
  z
    .object({
      kind: z
        .enum(upgradeStrategies)
        .default('STATEFUL')
        .describe('What happens to a running job when the spec changes. Default: STATEFUL.'),
      startBeforeStop: z
        .boolean()
        .exactOptional()
        .describe(
          'Whether the new cluster is brought up before the old job stops. Absent: where the target has room.',
        ),
    })
    .prefault({})
    .describe('How a running job is replaced.');

const restoreStrategySchema = () =>
  z
    .object({
      kind: z
        .enum(restoreStrategies)
        .default('LATEST_STATE')
        .describe('Which state a job starts from. Default: LATEST_STATE.'),
      allowNonRestoredState: z
        .boolean()
        .exactOptional()
        .describe(
          'Whether state that belongs to no operator of the job may be left behind. LATEST_STATE and LATEST_SAVEPOINT only. Default: false.',
        ),
    })
    .prefault({})
    .describe('Where the state of a job comes from when it starts.');

/** `spec` of a Deployment in its stored, fully expanded form (api.md 2.1, M03). */
export const specSchema = lazily(() =>
  z
    .object({
      state: desiredStateSchema(),
      deploymentTargetId: z
        .guid({ error: 'must be the UUID of a DeploymentTarget' })
        .exactOptional()
        .describe('DeploymentTarget to run on, by id. Default: that of the DeploymentDefaults.'),
      deploymentTargetName: filledText
        .exactOptional()
        .describe('DeploymentTarget to run on, by name. Default: that of the DeploymentDefaults.'),
      upgradeStrategy: upgradeStrategySchema(),
      restoreStrategy: restoreStrategySchema(),
      maxSavepointCreationAttempts: attempts
        .default(4)
        .describe(
          'Savepoint attempts of one suspend or stateful upgrade before it fails. Default: 4.',
        ),
      maxJobCreationAttempts: attempts
        .default(4)
        .describe(
          'Attempts to bring a job to running in one transition before it fails. Default: 4.',
        ),
      jobFailureExpirationTime: z
        .string()
        .refine((text) => durationMs(text) !== undefined, {
          error: 'must be a duration above zero: PT10M, 600s, 10m or 1h',
        })
        .exactOptional()
        .describe(
          'Duration (`PT10M`, `600s`, `10m`, `1h`) after which a failure of a running job no longer counts. Absent: such failures never count.',
        ),
      template: templateSchema(),
    })
    .describe('What is wanted.'),
);

/** A Deployment's document in its stored form: enums upper case, defaults expanded, server annotations removed. */
export const documentSchema = lazily(() =>
  z.object({
    name: z
      .string()
      .min(1)
      .refine((name) => [...name].length <= 250, { error: 'must be at most 250 characters long' })
      // `…/deployments/with-cr` is a path of its own (api.md 2.15).
      .refine((name) => name !== 'with-cr', { error: 'must not be with-cr: choose another name' })
      // Clients resolve them as parts of a path, so that nothing so named can be asked for.
      .refine((name) => name !== '.' && name !== '..', { error: 'must not be "." or ".."' })
      .describe('Name, unique per namespace, immutable; at most 250 characters.'),
    displayName: z.string().exactOptional().describe('Text to show instead of the name.'),
    labels: textMap.exactOptional().describe('Labels to select Deployments by. Absent when empty.'),
    annotations: textMap.exactOptional().describe("The user's annotations. Absent when empty."),
    spec: specSchema(),
  }),
);

/** `spec` as stored and answered. */
export type DeploymentSpec = z.infer<ReturnType<typeof specSchema>>;
/** The stored form of a Deployment. */
export type Document = z.infer<ReturnType<typeof documentSchema>>;
