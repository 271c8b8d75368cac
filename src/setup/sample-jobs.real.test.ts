import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FlinkRest, type RunRequest, until } from './flink-rest.ts';
import { findRuntimes, findSampleJobs } from './runtimes.ts';
import { startThrowAwayCluster, type ThrowAwayCluster } from './throw-away-cluster.ts';

const gauges = ['count', 'gap', 'restored', 'firstAt', 'lastAt', 'restoredLastAt'] as const;
const aggregated = z
  .array(z.object({ id: z.string(), min: z.number(), max: z.number(), sum: z.number() }))
  .length(gauges.length);

const runtimes = findRuntimes();

describe.each(runtimes.flink)('on Flink $version', (runtime) => {
  let folder: string;
  let cluster: ThrowAwayCluster;
  let flink: FlinkRest;
  let jar: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-sample-jobs-'));
    const archive = (file?: string) => (file ? [`-XX:SharedArchiveFile=${file}`] : []);
    cluster = await startThrowAwayCluster({
      java: runtimes.java,
      jars: runtime.jars,
      folder,
      jvmFlags: { jm: archive(runtime.jmArchive), tm: archive(runtime.tmArchive) },
    });
    flink = new FlinkRest(cluster.rest);
    jar = await until('its /jars', () => flink.upload(findSampleJobs().counter));
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const counter = (request: Partial<RunRequest> = {}) =>
    flink.run({
      jar,
      parallelism: 1,
      ...request,
      args: ['--rate', '500', ...(request.args ?? [])],
    });

  /** The gauges once all subtasks have counted since this start. */
  async function readGauges(jobId: string) {
    const { vertices } = await flink.job(jobId);
    const vertex = vertices.find(({ name }) => name.startsWith('counter'))?.id;
    const names = gauges.map((name) => `counter.${name}`).join();
    return await until('fresh gauges', async () => {
      const path = `/jobs/${jobId}/vertices/${vertex}/subtasks/metrics?get=${names}`;
      const rows = aggregated.parse(await flink.get(path));
      const gauge = (name: (typeof gauges)[number]) =>
        rows.find(({ id }) => id === `counter.${name}`) ?? {
          min: Number.NaN,
          max: Number.NaN,
          sum: Number.NaN,
        };
      const read = {
        count: gauge('count').sum,
        gap: gauge('gap').sum,
        restored: gauge('restored').sum,
        firstAt: gauge('firstAt').min,
        restoredLastAt: gauge('restoredLastAt').max,
      };
      return read.firstAt > 0 && read.count > read.restored ? read : undefined;
    });
  }

  test('the counter loses and doubles nothing when it is rescaled 1 → 2 → 1', async () => {
    let before = { count: 0, savepointPath: '' };
    for (const parallelism of [1, 2, 1]) {
      const { count, savepointPath } = before;
      const job = await counter({ parallelism, ...(savepointPath && { savepointPath }) });
      const seen = await readGauges(job);
      expect(seen.gap).toBe(0);
      expect(seen.restored).toBeGreaterThanOrEqual(count);
      if (savepointPath) expect(seen.firstAt).toBeGreaterThan(seen.restoredLastAt);
      before = { count: seen.count, savepointPath: await flink.capture(job, 'stop') };
    }
  });

  test('the counter shows a loss when its state is left behind', async () => {
    const first = await counter();
    const { count } = await readGauges(first);
    const savepointPath = await flink.capture(first, 'stop');
    // The source goes on from its position and the counts begin anew: what lost state looks like.
    const second = await counter({
      savepointPath,
      allowNonRestoredState: true,
      args: ['--uid', 'another'],
    });
    const lost = await until('the loss', async () => {
      const { gap, restored } = await readGauges(second);
      return gap >= count ? { restored } : undefined;
    });
    expect(lost.restored).toBe(0);
    await flink.call('PATCH', `/jobs/${second}?mode=cancel`);
  });
});
