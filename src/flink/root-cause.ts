/** What Flink's Java traces say, in one line for people. */

/** Longest text kept of a trace: it ends up in events, workflow state and replies. */
const maxLength = 1_000;

/** Lines around a trace that say nothing (Flink's REST handlers put them there). */
const boilerplate =
  /^(<Exception on server side:|End of exception on server side>|Internal server error\.?)?$/;

/** A stack frame or Java's `... 7 more`: where the message of a throwable ends. */
const frame = /^\s*(at\s+\S|\.\.\. \d+ (more|common frames omitted))/;

/**
 * The root cause in a Java trace: the last `Caused by:` of the outermost throwable, else its first line that says something. A message of
 * several lines is joined. At most 1,000 characters, free of control characters.
 * @param texts as Flink sends them: `errors` of an error reply, or one stack trace. The last one with a cause wins,
 *   because Flink puts its own summary first (flink.md 4).
 */
export function rootCause(texts: readonly string[]): string {
  const newestFirst = [...texts].reverse();
  for (const text of newestFirst) {
    const cause = lastCause(text);
    if (cause !== undefined) return printable(cause);
  }
  for (const text of newestFirst) {
    const first = firstLine(text);
    if (first !== undefined) return printable(first);
  }
  return 'Flink gave no reason.';
}

/** Control characters become spaces, runs of blanks one, and what is longer than 1,000 characters is cut. */
export function printable(text: string): string {
  // Cut first, so that an answer of megabytes costs nothing; toWellFormed mends a surrogate pair cut in two.
  const short = text.slice(0, 4 * maxLength).replace(/[\p{Cc}\s]+/gu, ' ');
  return short.trim().slice(0, maxLength).toWellFormed();
}

function lastCause(trace: string): string | undefined {
  const lines = trace.split('\n');
  // Only at the start of a line: an indented `Caused by:` belongs to a suppressed exception, which is not the reason.
  const at = lines.findLastIndex((line) => line.startsWith('Caused by: '));
  return at < 0 ? undefined : messageAt(lines, at).slice('Caused by: '.length);
}

function firstLine(trace: string): string | undefined {
  const lines = trace.split('\n').map((line) => line.replace('<Exception on server side:', ''));
  const at = lines.findIndex((line) => !boilerplate.test(line.trim()) && !frame.test(line));
  return at < 0 ? undefined : messageAt(lines, at);
}

/** The message that starts at a line, up to the first stack frame. */
function messageAt(lines: readonly string[], at: number): string {
  const rest = lines.slice(at);
  const end = rest.findIndex(
    (line, index) =>
      index > 0 &&
      (frame.test(line) || line.startsWith('Caused by: ') || /^End of exception/.test(line)),
  );
  return rest.slice(0, end < 0 ? undefined : end).join(' ');
}
