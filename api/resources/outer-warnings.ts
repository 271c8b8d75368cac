import {
  type DeploymentBody,
  type DeploymentSpec,
  type DocumentSettings,
  documentSchema,
  patchDocument,
  replaceDocument,
  targetWarnings,
} from '../../src/core/document/index.ts';
import type { DeploymentRecord } from '../../src/core/records.ts';
import type { ApiDeps } from '../deps.ts';
import { artifactWarnings } from './artifact-warnings.ts';
import { lookAtTarget } from './named-target.ts';

/** Warnings that a document alone does not give: of its target and of its artifact. */
export async function outerWarnings(
  deps: Pick<ApiDeps, 'store' | 'artifacts'>,
  namespace: string,
  spec: DeploymentSpec,
): Promise<string[]> {
  const accept = { missingTarget: 'accept' } as const;
  const { warnings, target } = await lookAtTarget(deps.store, accept, namespace, spec);
  return [
    ...warnings,
    ...targetWarnings(spec, target),
    ...(await artifactWarnings(deps.artifacts, spec)),
  ];
}

/** A change as it was sent. */
export interface SentChange {
  verb: 'patch' | 'put';
  body: DeploymentBody;
  applyDefaults?: boolean;
  documentSettings: DocumentSettings;
}

/**
 * Those that a change brings about, to be told as events with it: what was so before was told then (api.md 1.5). They are
 * judged by the Deployment as it is stored; its workflow alone says whether the change is taken.
 */
export async function newWarnings(
  deps: Pick<ApiDeps, 'store' | 'artifacts'>,
  record: DeploymentRecord,
  { verb, body, applyDefaults = false, documentSettings }: SentChange,
): Promise<string[]> {
  const current = documentSchema().parse(record);
  const made =
    verb === 'patch'
      ? patchDocument(current, body, documentSettings)
      : replaceDocument(current, body, documentSettings, applyDefaults);
  if (!('document' in made)) return [];
  const known = await outerWarnings(deps, record.namespace, current.spec);
  const now = await outerWarnings(deps, record.namespace, made.document.spec);
  return now.filter((warning) => !known.includes(warning));
}
