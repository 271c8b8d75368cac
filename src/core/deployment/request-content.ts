import { derivedUuid } from '../ids.ts';

/** The id is compared besides; settings are the server's, and a repeat may come when they are newer. */
const notContent = ['requestId', 'settings', 'documentSettings'];

/** What a client asked for, as a short text: equal for a repeat, whatever the order of its keys. */
export function contentOf(kind: string, request: object): string {
  const asked = Object.entries(request).filter(([name]) => !notContent.includes(name));
  return derivedUuid('request', kind, JSON.stringify(inOrder(Object.fromEntries(asked))));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}
