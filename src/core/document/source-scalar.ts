/**
 * A scalar of a request with its source text, so that `flinkVersion: 1.10` is not lost as `1.1` (api.md 1.8). Made by
 * whoever parses a body; a class, so that no body can forge one.
 */
export class SourceScalar {
  readonly kind = 'source-scalar';
  /** What the parser read. */
  readonly value: string | number | bigint | boolean | null;
  /** The characters it read it from, without quotes. */
  readonly text: string;

  constructor(value: SourceScalar['value'], text: string) {
    this.value = value;
    this.text = text;
  }
}

/** @param text as it stands in the request, without quotes. */
export const sourceScalar = (value: SourceScalar['value'], text: string): SourceScalar =>
  new SourceScalar(value, text);

/** Whether a part of a parsed body is a scalar with its source text. */
export const isSourceScalar = (raw: unknown): raw is SourceScalar => raw instanceof SourceScalar;
