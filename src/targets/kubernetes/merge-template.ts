import type { V1PodTemplateSpec } from '@kubernetes/client-node';

type Json = unknown;
type JsonObject = Record<string, Json>;

/** What tells the elements of a list apart, by the name of the list; others are taken as they are. */
const identities: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  ports: 'name',
  imagePullSecrets: 'name',
};

/** Of these an element of ours is taken whole: a second source of a value, or kind of a volume, would be refused. */
const wholes = ['volumes', 'env', 'volumeMounts'];

/** More CPU than a container asks for is the user's to give: its JVM starts faster with it. */
const usersOwn = 'limits';

/**
 * Lays our part of a pod over a user's: maps by key, lists of named things by name, and where both say something, ours
 * counts. Elements of the user's keep their order, ours that are new come first: `kubectl logs` takes the first container.
 */
export const mergeTemplate = (user: Json, ours: V1PodTemplateSpec): V1PodTemplateSpec =>
  merge(user, ours, '') as V1PodTemplateSpec;

function merge(below: Json, above: Json, name: string): Json {
  if (above === undefined) return below;
  if (isObject(below) && isObject(above))
    return name === usersOwn ? mergeObjects(above, below) : mergeObjects(below, above);
  const identity = identities[name];
  if (identity && Array.isArray(below) && Array.isArray(above))
    return mergeLists(below, above, name, identity);
  return above;
}

function mergeObjects(below: JsonObject, above: JsonObject): JsonObject {
  const keys = new Set([...Object.keys(above), ...Object.keys(below)]);
  // A key may be named like what every object has, as `constructor` (N15).
  const own = (one: JsonObject, key: string) => (Object.hasOwn(one, key) ? one[key] : undefined);
  return Object.fromEntries(
    [...keys].map((key) => [key, merge(own(below, key), own(above, key), key)]),
  );
}

function mergeLists(below: Json[], above: Json[], name: string, identity: string): Json[] {
  const idOf = (one: Json) => (isObject(one) ? one[identity] : undefined);
  const added = above.filter((one) => !below.some((other) => idOf(other) === idOf(one)));
  const kept = below.map((one) => {
    const ours = above.find((other) => idOf(other) === idOf(one));
    return wholes.includes(name) ? (ours ?? one) : merge(one, ours, '');
  });
  return [...added, ...kept];
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
