import { sameJson } from './json.ts';
import type { Document } from './schema.ts';
import type { DocumentComparison, DocumentSettings } from './types.ts';

/**
 * What a change asks for: the table of api.md 3.4. Labels and displayName never start anything; user annotations
 * count like a key of `spec` under `upgradeTrigger: spec`.
 */
export function compareDocuments(
  before: Document,
  after: Document,
  settings: Pick<DocumentSettings, 'upgradeTrigger'>,
): DocumentComparison {
  const countsAll = settings.upgradeTrigger === 'spec';
  const stateChanged = before.spec.state !== after.spec.state;
  const otherKeysChanged = !sameJson(withoutState(before), withoutState(after));
  const annotationsChanged =
    countsAll && !sameJson(before.annotations ?? {}, after.annotations ?? {});
  return {
    changed: !sameJson(before, after),
    specChanged: stateChanged || otherKeysChanged || annotationsChanged,
    stateChanged,
    onlyStateChanged: stateChanged && !otherKeysChanged && !annotationsChanged,
    upgradeNeeded: countsAll
      ? otherKeysChanged || annotationsChanged
      : !sameJson(before.spec.template, after.spec.template),
  };
}

function withoutState({ spec }: Document): Omit<Document['spec'], 'state'> {
  const { state: _, ...others } = spec;
  return others;
}
