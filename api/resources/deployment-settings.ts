import type { DocumentSettings } from '../../src/core/document/index.ts';
import type { ApiDeps } from '../deps.ts';

const targetForms = ['deploymentTargetId', 'deploymentTargetName', 'sessionClusterName'] as const;

/**
 * The document settings of a namespace, with the default target added where its defaults name none: a Deployment that
 * names no target gets the one called `settings.defaultTarget`, while that exists (design.md 5).
 */
export async function documentSettings(
  { settings, store }: Pick<ApiDeps, 'settings' | 'store'>,
  namespace: string,
): Promise<DocumentSettings> {
  const configured = settings.documentSettings(namespace);
  if (targetForms.some((form) => configured.defaults[form] !== undefined)) return configured;
  const target = await store.targets.get(namespace, settings.defaultTarget);
  if (target === undefined) return configured;
  const defaults = { ...configured.defaults, deploymentTargetName: target.name };
  return { ...configured, defaults };
}
