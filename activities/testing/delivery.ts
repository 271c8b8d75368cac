import { asyncLocalStorage, type Context } from '@temporalio/activity';

/** Runs an activity as its n-th delivery, counted from 1. */
export function delivered<T>(attempt: number, activity: () => Promise<T>): Promise<T> {
  const cancellationSignal = new AbortController().signal;
  const stand = { info: { attempt }, heartbeat: () => undefined, cancellationSignal };
  return asyncLocalStorage.run(stand as unknown as Context, activity);
}
