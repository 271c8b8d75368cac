import type { FieldProblem } from '../../src/core/errors/index.ts';
import type { DeploymentTargetRecord } from '../../src/core/records.ts';
import type { Store } from '../../src/store/store.ts';
import type { ApiSettings } from '../deps.ts';

/** Where the two forms of naming a target stand in a document. */
interface TargetFields {
  deploymentTargetId?: unknown;
  deploymentTargetName?: unknown;
}

/** What is to be said about the target a spec names (api.md 2.1, 5). */
export interface TargetFindings {
  /** The request is refused: id and name disagree, or `missingTarget` is `reject`. */
  problems: FieldProblem[];
  /** It is accepted, and a start would fail. */
  warnings: string[];
  target?: DeploymentTargetRecord;
}

/** Looks up the target that `spec` names, by id, by name or both. Naming none is not judged here. */
export async function lookAtTarget(
  store: Store,
  settings: Pick<ApiSettings, 'missingTarget'>,
  namespace: string,
  spec: TargetFields | null | undefined,
): Promise<TargetFindings> {
  const id = text(spec?.deploymentTargetId);
  const name = text(spec?.deploymentTargetName);
  const byId = id === undefined ? undefined : await store.targets.get(namespace, id);
  const byName = name === undefined ? undefined : await store.targets.get(namespace, name);
  if (id !== undefined && name !== undefined && byId?.id !== byName?.id) {
    return refusal('spec.deploymentTargetName', 'names another target than deploymentTargetId');
  }
  const field =
    id !== undefined && byId === undefined ? 'deploymentTargetId' : 'deploymentTargetName';
  const wanted = field === 'deploymentTargetId' ? id : name;
  const target = id !== undefined ? byId : byName;
  if (wanted === undefined || target !== undefined)
    return { problems: [], warnings: [], ...(target ? { target } : {}) };
  const missing = `names the target "${wanted}", which does not exist in namespace "${namespace}"`;
  if (settings.missingTarget === 'reject') return refusal(`spec.${field}`, missing);
  return { problems: [], warnings: [`spec.${field} ${missing}; a start fails until it does.`] };
}

const refusal = (field: string, message: string): TargetFindings => ({
  problems: [{ field, message }],
  warnings: [],
});

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
