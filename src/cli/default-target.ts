import { Refused } from '../core/errors/index.ts';
import { derivedUuid } from '../core/ids.ts';
import type { Store } from '../store/store.ts';

const [namespace, name] = ['default', 'local'] as const;

/** Namespace `default` has a target `local` (api.md 2.6). One that is there stays as it is. */
export async function ensureDefaultTarget(store: Store, now: number): Promise<void> {
  if (await store.targets.get(namespace, name)) return;
  try {
    await store.targets.insert({
      id: derivedUuid('deployment-target', namespace, name),
      namespace,
      name,
      resourceVersion: 1,
      createdAt: now,
      modifiedAt: now,
      spec: { local: {} },
    });
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'NAME_TAKEN')) throw error;
  }
}
