import { randomUUID } from 'node:crypto';
import type { DocumentSettings } from '../../core/document/index.ts';
import { specSchema } from '../../core/document/index.ts';
import type { DesiredState } from '../../core/vocabulary.ts';
import type { CreateRequest } from '../deployment-commands.ts';

export const documentSettings: DocumentSettings = {
  upgradeTrigger: 'spec',
  strictNames: false,
  specStatusAlias: false,
  flinkVersions: [{ version: '1.20', imageTag: '1.20.5' }],
  flinkImageRegistry: 'registry.example.com',
  flinkImageRepository: 'flink',
  loggingProfiles: ['default'],
  defaults: {},
  hasStorage: true,
};

/** A request to create a Deployment with a name of its own. */
export function aDeployment(state: DesiredState = 'CANCELLED'): CreateRequest {
  const id = randomUUID();
  const artifact = {
    kind: 'JAR',
    jarUri: 'file:///jobs/counter.jar',
    flinkVersion: '1.20',
    flinkImageRegistry: 'registry.example.com',
    flinkImageRepository: 'flink',
    flinkImageTag: '1.20.5',
  };
  const spec = specSchema().parse({
    state,
    deploymentTargetName: 'local',
    template: { spec: { artifact } },
  });
  return {
    id,
    namespace: 'default',
    document: { name: `counter ${id}`, spec },
    documentSettings,
    warnings: [],
  };
}
