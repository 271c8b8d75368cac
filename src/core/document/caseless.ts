/**
 * A pattern of these words in any case. JSON Schema has no flag for it, so a pattern that the API description shows has
 * to spell it out.
 */
export const caseless = (words: readonly string[]): string =>
  words.map((word) => word.replaceAll(/[A-Za-z]/g, bothCases)).join('|');

const bothCases = (letter: string): string => `[${letter.toUpperCase()}${letter.toLowerCase()}]`;
