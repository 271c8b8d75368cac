import { Unreachable } from '../src/core/errors/index.ts';
import { unlisted } from '../src/flink/state/reader.ts';
import type { StateStorage } from '../src/flink/state/storage.ts';

/** For one question, in ms. */
const hurryMs = 3_000;

/** Questions that may go without an answer: with their time, and beside the removal itself, within `forceCancelMs`. */
const patience = 4;

/** Storage as a removal by force asks it, which must get to its end: a place that hangs is silent. For one removal. */
export function hurried(storage: StateStorage): StateStorage {
  let unanswered = 0;
  const soon = async <T>(question: () => Promise<T>): Promise<T> => {
    if (unanswered >= patience) throw noAnswer();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        unanswered += 1;
        reject(noAnswer());
      }, hurryMs);
    });
    return await Promise.race([question(), late]).finally(() => clearTimeout(timer));
  };
  return {
    listing: (directory) => soon(() => storage.listing(directory)).catch(unlisted),
    newestRetained: (directory) => soon(() => storage.newestRetained(directory)),
    savepointIn: (directory) => soon(() => storage.savepointIn(directory)),
    savepointSeenIn: (directory) => soon(() => storage.savepointSeenIn(directory)),
    isSeen: (path) => soon(() => storage.isSeen(path)),
    checkpointIdIn: (path) => soon(() => storage.checkpointIdIn(path)),
  };
}

const noAnswer = (): Unreachable => new Unreachable('STORAGE_UNAVAILABLE', 'no answer in time');
