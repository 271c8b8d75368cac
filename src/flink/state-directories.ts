/** Where Flink keeps state: `<dir>/<flink job id>/chk-N/_metadata` (flink.md 7). */

/** Two spellings of one place: Flink answers `file:/a`, documents say `file:///a`. */
export const samePath = (left: string, right: string): boolean =>
  plainPath(left) === plainPath(right);

/**
 * Whether a checkpoint is one of this very job. Flink puts them below the job's id, wherever its program or configuration
 * wants them; the id is nobody else's.
 */
export const isOfJob = (path: string, flinkJobId: string): boolean =>
  path.split('/').includes(flinkJobId);

/** The directory that holds the place. */
export const parentOf = (path: string): string => path.replace(/\/+$/, '').replace(/\/[^/]*$/, '');

/** One spelling of each place. */
export const plainPath = (uri: string): string =>
  uri.replace(/^(?:file:)?\/+/i, 'file:///').replace(/\/+$/, '');
