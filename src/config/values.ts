import { z } from 'zod';

/** Kinds of values an environment variable can have; all of them arrive as texts. */

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Parts between commas; empty ones do not count. */
export const list = z.string().transform(splitList);
const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535;

/** `host:port`, IPv6 hosts in brackets. */
export const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/)
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    };
  })
  .refine(({ port }) => isPort(port));

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A whole number. */
export const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);

export const port = whole(1, 65_535);

/** `version=tag`, several of them. */
export const versions = list
  .refine((entries) => entries.every((entry) => /^[\d.]+=[\w.-]+$/.test(entry)))
  .transform((entries) =>
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return { version: entry.slice(0, at), imageTag: entry.slice(at + 1) };
    }),
  )
  .refine((entries) => entries.length > 0);

export const text = z.string();
