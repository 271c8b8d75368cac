import { isObject } from '../parsing/source-tree.ts';

/** A value spoilt at one place. */
export interface Mutant {
  change: 'replaced' | 'added' | 'gone';
  /** Keys that lead to the place; of a list only the first element is spoilt. */
  path: readonly string[];
  value: unknown;
}

/** What no field of the API is. */
const alien = { alien: [true] };

/** Every way to replace one value of a document by an alien one, to add one, or to leave one out. */
export function* mutantsOf(value: unknown, path: readonly string[] = []): Generator<Mutant> {
  yield { change: 'replaced', path, value: alien };
  if (Array.isArray(value)) {
    const [first, ...rest] = value;
    if (first === undefined) yield { change: 'added', path, value: [alien] };
    else
      for (const inner of mutantsOf(first, [...path, '0']))
        yield { ...inner, value: [inner.value, ...rest] };
    return;
  }
  if (!isObject(value)) return;
  yield { change: 'added', path, value: { ...value, alien } };
  for (const [key, member] of Object.entries(value)) {
    const { [key]: _, ...others } = value;
    yield { change: 'gone', path: [...path, key], value: others };
    for (const inner of mutantsOf(member, [...path, key]))
      yield { ...inner, value: { ...value, [key]: inner.value } };
  }
}
