import { z } from 'zod';

/** An int32; says so for a text as well, which the library calls no number. */
export const wholeNumber = z.int32({
  error: ({ code }) => (code === 'invalid_type' ? 'must be a whole number' : undefined),
});

/** A text that is not empty. */
export const filledText = z.string().min(1);

/** A map of texts, such as labels and annotations. */
export const textMap = z.record(z.string(), z.string());
