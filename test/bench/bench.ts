/**
 * `npm run bench`: what Sluice costs, each figure beside one of a plain script or of the other choice wherever there is
 * one. Absolute times say more about the machine than about Sluice: none is asserted. `docs/benchmarks.md` tells more.
 */
import { parseArgs } from 'node:util';
import { measureIdle } from './idle.ts';
import { measureRequests } from './requests.ts';
import { Sheet } from './sheet.ts';
import { measureStarts } from './starts.ts';
import { Teardown } from './teardown.ts';
import { measureUpgrades } from './upgrades.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', default: 'requests,starts,upgrades,idle' },
    quick: { type: 'boolean', default: false },
    timeline: { type: 'boolean', default: false },
  },
});
const full = { requests: 200, starts: 6, upgrades: 8, deployments: 200, idleSeconds: 60 };
const quick = { requests: 10, starts: 1, upgrades: 1, deployments: 20, idleSeconds: 15 };
const counts = options.quick ? quick : full;

const sheet = new Sheet();
const teardown = new Teardown();
const sections: Record<string, () => Promise<void>> = {
  requests: () => measureRequests(sheet, teardown, counts.requests),
  starts: () => measureStarts(sheet, teardown, counts.starts),
  upgrades: () => measureUpgrades(sheet, teardown, counts.upgrades, options.timeline),
  idle: () => measureIdle(sheet, teardown, counts),
};

/** Ctrl-C ends what was begun, too: clusters are detached and would stay. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`ended by ${signal}`)));
});

async function run(): Promise<void> {
  process.stdout.write(`${sheet.machine}\n`);
  for (const name of options.only.split(',')) {
    const section = sections[name];
    if (!section) throw new TypeError(`no section "${name}"; known: ${Object.keys(sections)}`);
    await section();
  }
}

try {
  await Promise.race([run(), interrupted]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await teardown.run();
  if (options.json !== undefined) sheet.write(options.json);
  // What a signal left half-done would keep the process alive.
  process.exit();
}
