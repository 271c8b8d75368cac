import type { WatchTime } from '../watch-pods.ts';

/** Time that stands still: a pause lasts until it is let go. */
export class HeldTime implements WatchTime {
  /** Length of each pause that was asked for, in ms. */
  readonly pauses: number[] = [];
  #nowMs = 0;
  #end: () => void = () => undefined;

  now = (): number => this.#nowMs;

  pause = (ms: number, signal: AbortSignal): Promise<void> => {
    this.pauses.push(ms);
    return new Promise((resolve) => {
      this.#end = resolve;
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
  };

  pass(ms: number): void {
    this.#nowMs += ms;
  }

  /** Ends the pause under way. */
  goOn(): void {
    this.#end();
  }
}
