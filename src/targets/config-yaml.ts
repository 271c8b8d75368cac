/**
 * Flink's `config.yaml` of these entries. JSON's strings are YAML's double-quoted scalars: no value can become anything
 * but the string it is.
 */
export const configYaml = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .map(([key, value]) => `${quoted(key)}: ${quoted(value)}\n`)
    .join('');

/** In ASCII: YAML refuses characters that it takes for unprintable, and JSON does not. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
