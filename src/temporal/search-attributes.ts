import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { searchAttributes } from '../../workflows/messages.ts';
import { Refused } from '../core/errors/index.ts';

export interface SearchAttributesOptions {
  connection: Connection;
  namespace: string;
  /** Registers what is missing, as on a dev server; elsewhere that is an operator's decision. */
  register: boolean;
}

const types = { Keyword: 'KEYWORD' } as const;

/**
 * Checks at the start of a worker that Temporal knows our search attributes: without them every workflow task that sets
 * one fails, over and over (temporal.md 9).
 * @throws {Refused} TEMPORAL_UNAVAILABLE with the command that registers the missing ones.
 */
export async function ensureSearchAttributes(options: SearchAttributesOptions): Promise<void> {
  const { connection, namespace, register } = options;
  const missing = await missingAttributes(options);
  if (missing.length === 0) return;
  if (!register) throw new Refused('TEMPORAL_UNAVAILABLE', explain(namespace, missing));
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, valueType(type)])),
  });
}

type Wanted = [string, keyof typeof types];

async function missingAttributes(options: SearchAttributesOptions): Promise<Wanted[]> {
  const { connection, namespace } = options;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(searchAttributes).filter(([name, type]) => {
    const known = customAttributes[name];
    return known === undefined || known !== valueType(type);
  });
}

const valueType = (type: keyof typeof types) =>
  encodeSearchAttributeIndexedValueType(types[type]) ?? 0;

function explain(namespace: string, missing: Wanted[]): string {
  const flags = missing.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
  return [
    `Temporal's namespace "${namespace}" lacks search attributes that Sluice writes, or has them with another type.`,
    `Register them, wait up to 60 s, and start again: temporal operator search-attribute create --namespace ${namespace} ${flags}`,
  ].join('\n');
}
