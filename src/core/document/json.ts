/** Plain JSON: what crosses Temporal. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/**
 * Plain JSON, never changed in place. Objects are built by `Object.fromEntries`, which defines own properties: a key
 * such as `__proto__` or `constructor` stays data and reaches no prototype (N15).
 */

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value);

/** Own property, or `undefined` where there is none: inherited ones are not data. */
export const own = (json: Readonly<JsonObject>, key: string): Json | undefined =>
  Object.hasOwn(json, key) ? json[key] : undefined;

/** The value at a path of keys and list indexes; `undefined` where the path leads nowhere. */
export function valueAt(json: Json | undefined, path: readonly string[]): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return json;
  if (Array.isArray(json)) return valueAt(json[Number(key)], rest);
  return isJsonObject(json) ? valueAt(own(json, key), rest) : undefined;
}

/** The same without the value at a path. */
export function without(json: JsonObject, path: readonly string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(json, key)) return json;
  const entries = Object.entries(json);
  if (rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return Object.fromEntries(
    entries.map(([name, value]) =>
      name === key && isJsonObject(value) ? [name, without(value, rest)] : [name, value],
    ),
  );
}

/** The same with a value at a path, unless something is there already or the way is blocked by another type. */
export function withDefault(json: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return json;
  const present = own(json, key);
  if (rest.length === 0) return present === undefined ? { ...json, [key]: value } : json;
  if (present !== undefined && !isJsonObject(present)) return json;
  return { ...json, [key]: withDefault(present ?? {}, rest, value) };
}

/** Without members that are `null`, at any depth; list elements stay. */
export function withoutNulls(json: Json): Json {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (!isJsonObject(json)) return json;
  const kept = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNulls(value)]));
}

/** JSON Merge Patch (RFC 7386): objects merge, `null` removes, everything else (lists too) replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** Equal as JSON: the order of keys does not count, and an `undefined` member is none. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((element, index) => sameJson(element, other[index]))
    );
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => sameJson(member(one, key), member(other, key)));
}

const member = (value: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined;

/** Bytes of a value as JSON in UTF-8: what it costs in a row or a payload. */
export const jsonBytes = (value: unknown): number => utf8Bytes(JSON.stringify(value));

/** Bytes of a text in UTF-8. `TextEncoder` and `Buffer` are not there everywhere that the core runs. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else bytes += code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
