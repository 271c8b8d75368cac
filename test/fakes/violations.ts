/** A promise of reliability.md 1.1 was broken. Thrown at the call that broke it, and kept for the test's end. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
  /** `S1`, `S2`, … */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/** All that was broken, in order. An activity's retry swallows a throw, so tests assert this to be empty. */
export class Violations {
  readonly #broken: InvariantBroken[] = [];

  get all(): readonly InvariantBroken[] {
    return this.#broken;
  }

  /** Messages only: what a test compares with `[]`. */
  get messages(): string[] {
    return this.#broken.map((broken) => broken.message);
  }

  /** Records the break and throws it at the caller. */
  raise(rule: string, message: string): never {
    const broken = new InvariantBroken(rule, message);
    this.#broken.push(broken);
    throw broken;
  }
}
