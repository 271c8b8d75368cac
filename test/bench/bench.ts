/**
 * `npm run bench`: what Sluice costs, each figure beside one of a plain script or of the other choice wherever there is
 * one. Absolute times say more about the machine than about Sluice: none is asserted. `docs/benchmarks.md` tells more.
 */
import { parseArgs } from 'node:util';
import { measureIdle } from './idle.ts';
import { measureRequests } from './requests.ts';
import { runSections } from './run-sections.ts';
import { measureStarts } from './starts.ts';
import { measureUpgrades } from './upgrades.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    timeline: { type: 'boolean', default: false },
  },
});
const full = { requests: 200, starts: 6, upgrades: 8, deployments: 200, idleSeconds: 60 };
const quick = { requests: 10, starts: 1, upgrades: 1, deployments: 20, idleSeconds: 15 };
const counts = options.quick ? quick : full;

await runSections(options, (sheet, teardown) => ({
  requests: () => measureRequests(sheet, teardown, counts.requests),
  starts: () => measureStarts(sheet, teardown, counts.starts),
  upgrades: () => measureUpgrades(sheet, teardown, counts.upgrades, options.timeline),
  idle: () => measureIdle(sheet, teardown, counts),
}));
