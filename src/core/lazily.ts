/**
 * A value that is made at its first use, once. Each run of a workflow evaluates all modules anew, and the schemas of a
 * document, which few runs need, take half of the time in which one begins.
 */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
