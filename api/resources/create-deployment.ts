import { randomUUID } from 'node:crypto';
import {
  createDocument,
  type DeploymentBody,
  type DocumentSettings,
  documentWarnings,
  targetWarnings,
} from '../../src/core/document/index.ts';
import { Refused, ValidationFailed } from '../../src/core/errors/index.ts';
import { derivedUuid } from '../../src/core/ids.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { reply } from '../replies/reply.ts';
import { addWarnings, idempotencyKey } from '../request.ts';
import { artifactWarnings } from './artifact-warnings.ts';
import type { ReadDocument } from './deployment-body.ts';
import { viewOf } from './deployment-reading.ts';
import { lookAtTarget } from './named-target.ts';

/**
 * Creates a Deployment and answers 201. Its id is fixed before the first effect, derived from `Idempotency-Key` where
 * the client sent one, so that a repeat meets itself (S23).
 * @param defaults what fills gaps: `PUT` without `applyDefaults` takes none.
 * @throws {ValidationFailed} with every bad field. @throws {Refused} NAME_TAKEN.
 */
export async function createDeployment(
  c: ApiContext,
  deps: ApiDeps,
  namespace: string,
  settings: DocumentSettings,
  read: ReadDocument,
  defaults = settings.defaults,
): Promise<Response> {
  const effective = { ...settings, defaults };
  const { document, warnings } = await validated(deps, namespace, effective, read);
  const key = idempotencyKey(c);
  const id = key === undefined ? randomUUID() : derivedUuid('deployment', namespace, key);
  const request = { namespace, id, document, documentSettings: settings, warnings };
  const created = await deps.commands.create(request).catch(async (error: unknown) => {
    const first = key === undefined ? undefined : await deps.store.deployments.get(id);
    throw first && first.name !== document.name ? keyReused(first.name) : error;
  });
  addWarnings(c, [...warnings, ...created.warnings]);
  return reply(c, await viewOf(deps, created.record), 201);
}

const keyReused = (name: string): ValidationFailed => {
  const message = `was used before to create Deployment "${name}": send this request under a new one`;
  return new ValidationFailed([{ field: 'Idempotency-Key', message }]);
};

async function validated(
  deps: ApiDeps,
  namespace: string,
  settings: DocumentSettings,
  { body, problems }: ReadDocument,
) {
  const made = createDocument(body, settings);
  if ('tooLarge' in made) throw new Refused('DOCUMENT_TOO_LARGE', textOf(made.problems));
  const document = 'document' in made ? made.document : undefined;
  const target = await lookAtTarget(
    deps.store,
    deps.settings,
    namespace,
    document?.spec ?? body.spec,
  );
  const found = [...problems, ...('problems' in made ? made.problems : []), ...target.problems];
  if (document === undefined || found.length > 0) throw new ValidationFailed(unique(found));
  const { spec } = document;
  const warnings = [
    ...documentWarnings(document, settings),
    ...target.warnings,
    ...targetWarnings(spec, target.target),
    ...(await artifactWarnings(deps.artifacts, spec)),
  ];
  return { document, warnings };
}

const textOf = (problems: ValidationFailed['problems']): string =>
  problems.map(({ field, message }) => `${field} ${message}`).join('; ');

/** Two stages may stumble over one field; the first has seen what the user wrote. */
function unique(problems: ValidationFailed['problems']): ValidationFailed['problems'] {
  const fields = new Set<string>();
  return problems.filter(({ field }) => !fields.has(field) && fields.add(field));
}

/** The body with the name of the path, for `PUT` of a name that does not exist yet (api.md 1.5). */
export const named = (body: DeploymentBody, name: string): DeploymentBody => ({
  ...body,
  metadata: { name, ...body.metadata },
});
