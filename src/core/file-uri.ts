/** One spelling of each place: Flink answers `file:/a`, documents say `file:///a`. */
export const plainPath = (uri: string): string =>
  uri.replace(/^(?:file:)?\/+/i, 'file:///').replace(/\/+$/, '');

/** The path of a `file:` URI as Flink takes it, which knows no escapes: `%20`, `#` and `?` are parts of names (its class `Path`). */
export const pathOf = (uri: string): string => plainPath(uri).slice('file://'.length) || '/';

/** The URI by which Flink finds a path. */
export const uriOf = (path: string): string => `file://${path}`;
