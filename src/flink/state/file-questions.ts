/**
 * Puts a question to the file system that a path is on.
 * @throws an error of code ETIMEDOUT: no answer in time, or it is known that there would be none.
 * @throws whatever the question throws.
 */
export type AskFiles = <T>(path: string, question: () => Promise<T>) => Promise<T>;

export interface Bounds {
  /** For one question, and for its turn before it, in ms. */
  answerWithinMs: number;
  /** What hangs as a whole. */
  mountOf(path: string): string;
}

/**
 * libuv has four threads for all files and names of hosts of the process, and a question to a file system that hangs, such
 * as a share whose server is away, keeps one for as long as it hangs: nothing ends it. So many are risked.
 */
const mostThreads = 2;

/** A question that was put. Late: given up by who asked; its thread has not come back. */
interface Asked {
  isLate: boolean;
}

interface Turn {
  mount: string;
  begin(): void;
  giveUp(): void;
}

/**
 * Questions with an end, of which one at a time is put to each mount, each using one thread at a time. While a late one has
 * not come back its mount is not asked again; while all threads are with late ones, no mount is.
 */
export function boundedQuestions({ answerWithinMs, mountOf }: Bounds): AskFiles {
  /** By mount. */
  const asked = new Map<string, Asked>();
  const waiting = new Set<Turn>();

  const isSilent = (mount: string): boolean =>
    asked.get(mount)?.isLate ??
    (asked.size >= mostThreads && [...asked.values()].every((one) => one.isLate));

  /** Looks after those who wait, oldest first, whenever something has changed. */
  const goOn = (): void => {
    for (const turn of waiting) {
      if (isSilent(turn.mount)) turn.giveUp();
      else if (!asked.has(turn.mount) && asked.size < mostThreads) turn.begin();
    }
  };

  const turnAt = (mount: string): Promise<Asked> => {
    const { promise, resolve, reject } = Promise.withResolvers<Asked>();
    const turn: Turn = {
      mount,
      begin: () => {
        const own = { isLate: false };
        waiting.delete(turn);
        asked.set(mount, own);
        resolve(own);
      },
      giveUp: () => {
        waiting.delete(turn);
        reject(noAnswer());
      },
    };
    waiting.add(turn);
    goOn();
    return within(answerWithinMs, promise, turn.giveUp);
  };

  return async (path, question) => {
    const mount = mountOf(path);
    const own = await turnAt(mount);
    const answer = Promise.resolve()
      .then(question)
      .finally(() => {
        asked.delete(mount);
        goOn();
      });
    return await within(answerWithinMs, answer, () => {
      own.isLate = true;
      goOn();
    });
  };
}

async function within<T>(ms: number, answer: Promise<T>, late: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late();
      reject(noAnswer());
    }, ms);
  });
  return await Promise.race([answer, end]).finally(() => clearTimeout(timer));
}

const noAnswer = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
