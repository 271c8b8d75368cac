/** A resource on the wire (api.md 1.3). */
export interface Resource {
  kind: string;
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** The list of api.md 1.3: always everything, in one piece. */
export const resourceList = (items: readonly object[]) => ({
  kind: 'ResourceList',
  apiVersion: 'v1' as const,
  metadata: {},
  items,
});

/** Leaves out what has no value: replies never carry `null` for an absent field (api.md 1.3). */
export function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `labels` and `annotations` only when there are any: an empty map would look like drift (api.md 1.7). */
export const nonEmpty = (
  map: Record<string, string> | undefined,
): Record<string, string> | undefined =>
  map === undefined || Object.keys(map).length === 0 ? undefined : map;
