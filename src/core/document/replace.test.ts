import { expect, test } from 'vitest';
import {
  bodyWith,
  documentOf,
  freshSettings,
  posted,
  readFixture,
  replyOf,
} from '../../../test/fixtures/documents/read.ts';
import { replaceDocument } from './apply.ts';
import { normaliseBody } from './normalise.ts';
import type { Document } from './schema.ts';

const put = (current: Document, raw: unknown, applyDefaults = false, settings = freshSettings) =>
  replaceDocument(current, normaliseBody(raw, settings).body, settings, applyDefaults);
const replaced = (...args: Parameters<typeof put>) => documentOf(put(...args));

const page = posted(readFixture('deployment-full.yaml'));

test('PUT of a GET changes nothing (S16, F53)', () => {
  expect(replaced(page, replyOf(page))).toEqual(page);
  expect(replaced(page, replyOf(page), true)).toEqual(page);
});

test('absent fields are reset to the built-in defaults, but for the state and the name (api.md 1.5)', () => {
  const after = replaced(page, { spec: bodyWith({}, { deploymentTargetName: 'local' }).spec });
  expect(after).toMatchObject({
    name: 'TopSpeedWindowing Example',
    spec: {
      state: 'RUNNING',
      maxJobCreationAttempts: 4,
      restoreStrategy: { kind: 'LATEST_STATE' },
    },
  });
  expect(after.labels).toBeUndefined();
  expect(after.spec.template.spec.flinkConfiguration).toEqual({});
});

test('gaps are filled from the DeploymentDefaults only where asked for (api.md 1.5)', () => {
  const settings = {
    ...freshSettings,
    defaults: { state: 'SUSPENDED', deploymentTargetName: 'local', maxJobCreationAttempts: 9 },
  };
  const after = replaced(page, bodyOf(), true, settings);
  expect(after.spec).toMatchObject({
    state: 'RUNNING',
    deploymentTargetName: 'local',
    maxJobCreationAttempts: 9,
  });
  expect(put(page, bodyOf(), false, settings)).toEqual({
    problems: [
      { field: 'spec.deploymentTargetName', message: expect.stringContaining('is required') },
    ],
  });
});

const bodyOf = () => ({ spec: bodyWith().spec });

test('null is absent, and another name is refused (api.md 1.8, V02)', () => {
  const spec = { ...replyOf(page), metadata: { name: null } };
  expect(replaced(page, spec).name).toBe(page.name);
  expect(put(page, { ...replyOf(page), metadata: { name: 'x' } })).toEqual({
    problems: [{ field: 'metadata.name', message: expect.stringContaining('cannot be changed') }],
  });
});

test('a whole document with another parallelism takes its derived task managers along (api.md 2.1)', () => {
  const minimal = posted(readFixture('deployment-minimal.yaml'));
  const spec = structuredClone(minimal.spec);
  spec.template.spec.parallelism = 3;
  expect(replaced(minimal, { spec }).spec.template.spec.numberOfTaskManagers).toBe(3);
});
