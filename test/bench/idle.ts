import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { openConnection } from '../../src/temporal/connection.ts';
import { until } from '../e2e/support/until.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { Sheet } from './sheet.ts';
import type { Teardown } from './teardown.ts';

const ready = z.object({ url: z.string() });
const figures = z.object({ rssBytes: z.number(), writes: z.number(), cpuMs: z.number() });
const list = z.object({ items: z.array(z.object({ status: z.object({ state: z.string() }) })) });

/** The first ones load code and grow pools; only what comes after them is laid at a Deployment's door. */
const warmUpDeployments = 20;
/** POSTs under way at a time. */
const clients = 4;

/** What Deployments cost that run and are left alone: memory, history, external writes, at the product's own poll of 10 s. */
export async function measureIdle(
  sheet: Sheet,
  teardown: Teardown,
  { deployments, idleSeconds }: { deployments: number; idleSeconds: number },
) {
  sheet.section(
    `5. ${deployments} idle Deployments, each with a running job on a stand-in cluster`,
  );
  const { address, stop } = await startTemporalServer();
  teardown.defer(stop);
  const { client, connection } = openConnection({ address, namespace: 'default' });
  teardown.defer(() => connection.close());
  const sluice = await startChild(teardown, address);
  const fresh = await sluice.figures();
  await create(sluice.url, 0, warmUpDeployments);
  const warm = await sluice.figures();
  const total = warmUpDeployments + deployments;
  await create(sluice.url, warmUpDeployments, total);
  const events = await quietHistory(client, total);
  const before = await sluice.figures();
  await pause(idleSeconds * 1_000);
  const after = await sluice.figures();
  const eventsAfter = await historyOf(client, total);

  const mebi = 2 ** 20;
  const kibiEach = (after.rssBytes - warm.rssBytes) / 1_024 / deployments;
  sheet.add('RSS of the Sluice process, no Deployment yet', 'MiB', [fresh.rssBytes / mebi]);
  sheet.add(`RSS with ${total} Deployments`, 'MiB', [after.rssBytes / mebi]);
  sheet.add('RSS per further Deployment, stand-in cluster included', 'KiB', [kibiEach]);
  sheet.add('history events per Deployment, from its creation on', 'events', events);
  const added = eventsAfter.map((length, index) => length - (events[index] ?? 0));
  sheet.add(`history events per Deployment in ${idleSeconds} idle seconds`, 'events', added);
  sheet.add(`external writes of all in ${idleSeconds} idle seconds`, 'calls', [after.writes]);
  const cores = (100 * (after.cpuMs - before.cpuMs)) / (idleSeconds * 1_000);
  sheet.add('CPU of the Sluice process meanwhile, of one core', '%', [cores]);
  await teardown.run();
}

/** One Sluice process over stand-in clusters (`idle-process.ts`). */
async function startChild(teardown: Teardown, address: string) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  teardown.defer(() => rm(directory, { recursive: true, force: true }));
  const program = fileURLToPath(new URL('idle-process.ts', import.meta.url));
  const child = fork(program, {
    execArgv: ['--expose-gc'],
    env: {
      ...process.env,
      DATABASE_URL: '',
      SLUICE_LISTEN: '127.0.0.1:0',
      SLUICE_DATA_DIR: directory,
      SLUICE_LOG_LEVEL: 'error',
      TEMPORAL_ADDRESS: address,
    },
  });
  teardown.defer(() => end(child));
  const { url } = ready.parse(await messageOf(child));
  return {
    url,
    figures: async () => {
      child.send('figures');
      return figures.parse(await messageOf(child));
    },
  };
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the Sluice process ended');
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

async function create(api: string, from: number, to: number): Promise<void> {
  const collection = `${api}/api/v1/namespaces/default/deployments`;
  const post = async (number: number): Promise<void> => {
    const name = `idle-${number}`;
    const artifact = { kind: 'JAR', jarUri: `https://jars.example/${name}.jar` };
    const reply = await fetch(collection, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        metadata: { name },
        spec: { state: 'RUNNING', template: { spec: { artifact } } },
      }),
    });
    if (!reply.ok) throw new Error(`POST: ${reply.status} ${await reply.text()}`);
  };
  const numbers = Array.from({ length: to - from }, (_, index) => from + index).values();
  const work = async () => {
    for (const number of numbers) await post(number);
  };
  await Promise.all(Array.from({ length: clients }, work));
  await until(
    `${to} Deployments run`,
    async () => list.parse(await (await fetch(collection)).json()).items,
    (items) => items.filter(({ status }) => status.state === 'RUNNING').length === to,
    { withinMs: 300_000, everyMs: 500 },
  );
}

/** Events of each Deployment's workflow. The API's answer is sure, an index of workflows may lag: so all are waited for. */
async function historyOf(client: Client, deployments: number): Promise<number[]> {
  const ids: string[] = [];
  await until(
    'all workflows are listed',
    async () => {
      ids.length = 0;
      const query = 'WorkflowType = "deployment" AND ExecutionStatus = "Running"';
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      return ids.length;
    },
    (seen) => seen === deployments,
  );
  const lengths: number[] = [];
  for (const id of ids.sort())
    lengths.push((await client.workflow.getHandle(id).describe()).historyLength);
  return lengths;
}

/** Once what came after RUNNING is over. */
async function quietHistory(client: Client, deployments: number): Promise<number[]> {
  let last = '';
  return await until(
    'the histories are quiet',
    () => historyOf(client, deployments),
    (seen) => {
      const same = String(seen) === last;
      last = String(seen);
      return same;
    },
    { everyMs: 2_000 },
  );
}
