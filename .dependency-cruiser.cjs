/**
 * Who may import whom: one row per folder, everything else of ours is forbidden to it. A new folder is a new row.
 * Tests and what only tests use (`testing/`) may reach further; cycles are forbidden to all.
 */
const layers = {
  '^src/core/': ['^src/core/'],
  '^src/flink/': ['^src/(core|flink)/'],
  '^src/targets/': ['^src/(core|targets)/', '^src/free-port\\.ts$'],
  '^src/store/': ['^src/(core|store)/'],
  '^src/artifacts/': ['^src/(core|artifacts)/'],
  // Names and types of the workflows' messages only, plus the store that a lost workflow is made again from.
  '^src/temporal/': [
    '^src/(core|temporal|store)/',
    '^src/free-port\\.ts$',
    '^workflows/messages\\.ts$',
  ],
  '^src/free-port\\.ts$': [],
  '^src/(config/|(config|log)\\.ts$)': ['^src/core/', '^src/config/', '^src/(config|log)\\.ts$'],
  '^src/metrics\\.ts$': ['^src/core/', '^src/store/store\\.ts$'],
  '^workflows/': ['^src/core/', '^workflows/', '^activities/contract\\.ts$'],
  '^activities/': [
    '^src/(core|flink|targets|store|artifacts)/',
    '^activities/',
    '^workflows/messages\\.ts$',
  ],
  '^api/': ['^src/(core|store|artifacts|temporal)/', '^api/'],
  // Prepares a host before there is a configuration; its verbs start the programs.
  '^src/setup/': [
    '^src/(core|setup|cli)/',
    '^src/temporal/find-cli\\.ts$',
    '^test/(e2e|bench|kubernetes)/',
  ],
  '^src/cli/': ['^(src|activities|api|workflows)/'],
};

const tests = '\\.test\\.ts$|/(testing|contract)/';
const ours = '^(src|workflows|activities|api|test)/';

const layerRules = Object.entries(layers).map(([from, allowed]) => ({
  name: `layer ${from}`,
  severity: 'error',
  from: { path: from, pathNot: tests },
  to: { path: ours, ...(allowed.length > 0 && { pathNot: allowed.join('|') }) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'every source folder has a row',
      severity: 'error',
      from: { path: '^src/', pathNot: [tests, ...Object.keys(layers)].join('|') },
      to: {},
    },
    {
      name: 'core is pure: zod and itself',
      severity: 'error',
      from: { path: '^src/core/', pathNot: tests },
      to: { pathNot: '^src/core/|node_modules/zod/' },
    },
    {
      name: 'workflows run in a sandbox without Node',
      severity: 'error',
      from: { path: '^workflows/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no test code in production',
      severity: 'error',
      from: {
        path: '^(src|workflows|activities|api)/',
        pathNot: `${tests}|^src/setup/verbs\\.ts$`,
      },
      to: { path: `${tests}|^test/` },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
