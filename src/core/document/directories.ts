/** Values for `{{namespace}}`, `{{deploymentId}}`, `{{deploymentName}}`, `{{jobId}}` (api.md 4.2). */
export type TemplateValues = Readonly<Record<string, string>>;

/** Fills in `{{name}}`, inner blanks allowed, in one pass; a name without a value stays as it is. */
export const renderTemplate = (text: string, values: TemplateValues): string =>
  text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );

/** A URI below another; `s3://a/b` is not under `s3://a/bc`. An absolute path is a `file:` URI. */
export function isUnder(uri: string, prefix: string): boolean {
  const above = canonical(prefix);
  const below = canonical(uri);
  return below === above || below.startsWith(above.endsWith('/') ? above : `${above}/`);
}

const canonical = (uri: string): string => {
  const trimmed = withoutTrailingSlash(asFileUri(uri.trim()));
  return trimmed.replace(/^([a-z][a-z0-9+.-]*):/i, (scheme) => scheme.toLowerCase());
};

/** `file:/a`, `file:///a` and `/a` as `file:///a`; any other URI as it is. */
export function asFileUri(uri: string): string {
  if (uri.startsWith('/')) return `file://${uri}`;
  return /^file:\/(?!\/)/i.test(uri) ? `file://${uri.slice('file:'.length)}` : uri;
}

/** Joins path segments to a base URI. */
export const under = (base: string, ...segments: string[]): string =>
  [withoutTrailingSlash(base), ...segments].join('/');

const withoutTrailingSlash = (uri: string): string =>
  /^[a-z][a-z0-9+.-]*:\/*$/i.test(uri) ? uri : uri.replace(/\/+$/, '');
