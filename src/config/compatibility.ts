import { z } from 'zod';
import { setting } from './setting.ts';
import { flag, list, text, versions } from './values.ts';

/** How close to which release of the original (api.md 5), and what fills Deployments. */
export const compatibilitySettings = {
  SLUICE_REPORTED_VERSION: setting(
    text.prefault('2.6.1'),
    'version',
    'reportedVersion: the buildVersion clients see.',
  ),
  SLUICE_UPGRADE_TRIGGER: setting(
    z.enum(['spec', 'template']).prefault('spec'),
    'spec or template',
    'upgradeTrigger: which changes start an upgrade.',
  ),
  SLUICE_STRICT_NAMES: setting(
    flag.prefault('false'),
    'true or false',
    'strictNames: Deployment names are slugs.',
  ),
  SLUICE_ENUM_LEVEL: setting(
    z.enum(['2.0', '2.6']).prefault('2.6'),
    '2.0 or 2.6',
    'enumLevel: 2.0 hides later enum values from old clients.',
  ),
  SLUICE_MISSING_TARGET: setting(
    z.enum(['accept', 'reject']).prefault('accept'),
    'accept or reject',
    'missingTarget: a Deployment that names an unknown target.',
  ),
  SLUICE_SPEC_STATUS_ALIAS: setting(
    flag.prefault('false'),
    'true or false',
    'specStatusAlias: `spec.status` overrides `spec.state`.',
  ),
  SLUICE_FLINK_VERSIONS: setting(
    versions.prefault('2.3=2.3.0-scala_2.12-java17,1.20=1.20.5-scala_2.12-java17'),
    'version=tag, comma-separated',
    'flinkVersions; the first is the default version.',
  ),
  SLUICE_FLINK_IMAGE_REGISTRY: setting(
    text.prefault('docker.io'),
    'host',
    'flinkImageRegistry filled into Deployments.',
  ),
  SLUICE_FLINK_IMAGE_REPOSITORY: setting(
    text.prefault('flink'),
    'name',
    'flinkImageRepository filled into Deployments.',
  ),
  SLUICE_LOGGING_PROFILES: setting(
    list.prefault('default'),
    'names, comma-separated',
    'loggingProfiles; `default` always exists.',
  ),
};
