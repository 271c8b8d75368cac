import type { DocumentSettings } from '../../src/core/document/index.ts';
import { defaultTransitionSettings, type TransitionSettings } from '../../src/core/settings.ts';

/** Transitions in milliseconds: what the product waits seconds or minutes for (reliability.md 1.2). */
export const storySettings: TransitionSettings = {
  ...defaultTransitionSettings,
  pollMs: 20,
  stepPollMs: 5,
  startTimeoutMs: 10_000,
  standbyRoomMs: 50,
  savepointTimeoutMs: 10_000,
  cancelGraceMs: 5_000,
  attemptBackoffMs: 5,
  attemptBackoffMaxMs: 20,
  recoveryBackoffMs: 10,
  recoveryBackoffMaxMs: 80,
  recoveryResetMs: 5_000,
  repairIntervalMs: 50,
  forceCancelMs: 500,
  conditions: { failingMs: 150, unreachableMs: 150, unstableRestarts: 3, unstableWindowMs: 60_000 },
};

export const storyDocumentSettings: DocumentSettings = {
  upgradeTrigger: 'spec',
  strictNames: false,
  specStatusAlias: false,
  flinkVersions: [{ version: '2.3', imageTag: '2.3.0' }],
  flinkImageRegistry: '',
  flinkImageRepository: 'flink',
  loggingProfiles: [],
  defaults: { deploymentTargetName: 'local' },
  hasStorage: true,
  artifactUris: { allowedDirectories: ['/srv/jars'], allowHttp: true },
};
