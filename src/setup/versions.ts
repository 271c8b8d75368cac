/** Every outside version that set-up pins, apart from npm packages (those are in `package-lock.json`). */

/**
 * Flink versions that the embedded target can run, oldest first: the last 1.x line, which most platforms still run, and
 * the newest 2.x. One Maven description serves all of them.
 */
export const flinkVersions = ['1.20.5', '2.3.0'] as const;

/**
 * Java of ours is compiled against the oldest pin and for Java 11: such a jar runs on every later Flink line, while one
 * compiled against 2.x does not run on 1.20.
 */
export const compileAgainst = flinkVersions[0];
export const javaRelease = 11;

/** Flink's own distributions ship this line of log4j; the `flink-*` artifacts bring no logging back end of their own. */
export const log4jVersion = '2.24.3';

/** Flink 1.20 and 2.x are both supported on these; 11 is too old for 2.3's tooling, 25 is untested. */
export const javaMajors = [17, 21] as const;
