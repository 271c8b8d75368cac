/**
 * `npm run bench:kubernetes`: what a Deployment on a real cluster costs, beside a plain script with kubectl and curl that
 * does the same. As `npm run bench`, nothing is asserted; `docs/benchmarks.md` tells more.
 */
import { parseArgs } from 'node:util';
import { runSections } from '../run-sections.ts';
import { measureIdleCalls } from './idle-calls.ts';
import { measureStarts } from './starts.ts';
import { measureSuspends } from './suspends.ts';
import { measureUpgrades } from './upgrades.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    pairs: { type: 'string', default: '8' },
    timeline: { type: 'boolean', default: false },
  },
});
const pairs = Number(options.pairs);
if (!Number.isInteger(pairs) || pairs < 1)
  throw new TypeError(`--pairs is a whole number from 1 on, not "${options.pairs}"`);

await runSections(options, (sheet, teardown) => ({
  starts: () => measureStarts(sheet, teardown, pairs),
  upgrades: () => measureUpgrades(sheet, teardown, pairs, options.timeline),
  suspends: () => measureSuspends(sheet, teardown, pairs),
  idle: () => measureIdleCalls(sheet, teardown),
}));
