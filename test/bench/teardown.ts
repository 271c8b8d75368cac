/** What has to be ended, last begun first, however a test or benchmark ends: clusters are detached and would stay for ever. */
export class Teardown {
  readonly #begun: (() => Promise<unknown>)[] = [];

  defer(end: () => Promise<unknown>): void {
    this.#begun.push(end);
  }

  /** One that cannot be ended keeps no other from it. @throws {AggregateError} all failures, at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let end = this.#begun.pop(); end !== undefined; end = this.#begun.pop())
      await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0)
      throw new AggregateError(failures, `not ended well: ${failures.join('; ')}`);
  }
}
