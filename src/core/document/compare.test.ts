import { expect, test } from 'vitest';
import {
  documentOf,
  freshSettings,
  posted,
  readFixture,
} from '../../../test/fixtures/documents/read.ts';
import { patchDocument } from './apply.ts';
import { compareDocuments } from './compare.ts';
import { normaliseBody } from './normalise.ts';
import type { DocumentComparison } from './types.ts';

const before = posted(readFixture('deployment-full.yaml'));

function compared(raw: unknown, upgradeTrigger: 'spec' | 'template'): DocumentComparison {
  const settings = { ...freshSettings, upgradeTrigger };
  const after = documentOf(patchDocument(before, normaliseBody(raw, settings).body, settings));
  return compareDocuments(before, after, settings);
}

const template = (spec: object) => ({ spec: { template: { spec } } });

/** api.md 3.4, row by row: the change; whether it is an upgrade under `spec` and under `template`. */
const upgrades: [string, object, boolean, boolean][] = [
  [
    'artifact.jarUri',
    template({ artifact: { jarUri: 'https://example.com/new.jar' } }),
    true,
    true,
  ],
  ['artifact.mainArgs', template({ artifact: { mainArgs: '--x' } }), true, true],
  ['artifact.entryClass', template({ artifact: { entryClass: null } }), true, true],
  ['artifact.flinkVersion', template({ artifact: { flinkVersion: '1.20' } }), true, true],
  ['parallelism', template({ parallelism: 2 }), true, true],
  ['numberOfTaskManagers', template({ numberOfTaskManagers: 3 }), true, true],
  ['resources', template({ resources: { taskmanager: { cpu: 2 } } }), true, true],
  ['flinkConfiguration', template({ flinkConfiguration: { a: 'b' } }), true, true],
  ['logging', template({ logging: { log4jLoggers: { '': 'WARN' } } }), true, true],
  ['kubernetes', template({ kubernetes: { labels: { a: 'b' } } }), true, true],
  ['latestCheckpointFetchInterval', template({ latestCheckpointFetchInterval: 1 }), true, true],
  [
    'template.metadata',
    { spec: { template: { metadata: { annotations: { a: 'b' } } } } },
    true,
    true,
  ],
  ['deploymentTargetName', { spec: { deploymentTargetName: 'other' } }, true, false],
  ['upgradeStrategy', { spec: { upgradeStrategy: { kind: 'NONE' } } }, true, false],
  ['restoreStrategy', { spec: { restoreStrategy: { kind: 'NONE' } } }, true, false],
  ['maxSavepointCreationAttempts', { spec: { maxSavepointCreationAttempts: 9 } }, true, false],
  ['maxJobCreationAttempts', { spec: { maxJobCreationAttempts: 9 } }, true, false],
  ['jobFailureExpirationTime', { spec: { jobFailureExpirationTime: '1h' } }, true, false],
];

test.each(upgrades)(
  '%s: upgrade as api.md 3.4 says (S14, M19)',
  (_field, raw, inSpec, inTemplate) => {
    const common = {
      changed: true,
      specChanged: true,
      stateChanged: false,
      onlyStateChanged: false,
    };
    expect(compared(raw, 'spec')).toEqual({ ...common, upgradeNeeded: inSpec });
    expect(compared(raw, 'template')).toEqual({ ...common, upgradeNeeded: inTemplate });
  },
);

test('a user annotation counts like a key of spec under `spec`, and not at all under `template`', () => {
  const raw = { metadata: { annotations: { owner: 'me' } } };
  expect(compared(raw, 'spec')).toMatchObject({
    changed: true,
    specChanged: true,
    upgradeNeeded: true,
  });
  expect(compared(raw, 'template')).toMatchObject({
    changed: true,
    specChanged: false,
    upgradeNeeded: false,
  });
});

test.each(['spec', 'template'] as const)(
  'only spec.state: a transition, no upgrade (%s)',
  (trigger) => {
    expect(compared({ spec: { state: 'SUSPENDED' } }, trigger)).toEqual({
      changed: true,
      specChanged: true,
      stateChanged: true,
      onlyStateChanged: true,
      upgradeNeeded: false,
    });
  },
);

test('spec.state together with another key asks for both', () => {
  const raw = { spec: { state: 'SUSPENDED', ...template({ parallelism: 2 }).spec } };
  expect(compared(raw, 'spec')).toMatchObject({
    stateChanged: true,
    onlyStateChanged: false,
    upgradeNeeded: true,
  });
});

test.each([
  ['labels', { metadata: { labels: { tier: '1' } } }],
  ['displayName', { metadata: { displayName: 'x' } }],
])('%s never starts anything (M19)', (_field, raw) => {
  expect(compared(raw, 'spec')).toEqual({
    changed: true,
    specChanged: false,
    stateChanged: false,
    onlyStateChanged: false,
    upgradeNeeded: false,
  });
});

test('server annotations and a repeated value are no change (S16)', () => {
  const server = { 'com.dataartisans.appmanager.controller.deployment.spec.version': '9' };
  expect(compared({ metadata: { annotations: server } }, 'spec').changed).toBe(false);
  expect(compared(template({ parallelism: '1' }), 'spec').changed).toBe(false);
});
