import type { ServerResponse } from 'node:http';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ScriptedFlink } from '../../../test/support/scripted-flink.ts';
import { createApi } from './api.ts';
import { clusterLabel } from './names.ts';
import { HeldTime } from './testing/held-time.ts';
import { PodWatch } from './watch-pods.ts';

const path = '/api/v1/namespaces/flink/pods';
const selector = 'labelSelector=sluice.dev%2Fcluster';
const listing = `GET ${path}?limit=500&${selector}`;
const watchFrom = (version: number) =>
  `GET ${path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&${selector}&resourceVersion=${version}`;

let server: ScriptedFlink;
let agent: Agent;
let time: HeldTime;
let told: (string | undefined)[];
let failures: string[];
let watch: PodWatch;
beforeEach(async () => {
  server = await ScriptedFlink.start('none');
  agent = new Agent();
  time = new HeldTime();
  told = [];
  failures = [];
  vi.spyOn(Math, 'random').mockReturnValue(1); // the longest pause of all that it may be
});
afterEach(async () => {
  await watch.close();
  await agent.destroy();
  await server.stop();
  vi.restoreAllMocks();
});

function open(): void {
  const connection = {
    server: new URL(server.url),
    agent,
    ownNamespace: 'flink',
    isInside: false,
    headers: async () => ({}),
    close: () => agent.destroy(),
  };
  watch = new PodWatch(
    createApi(connection, 5_000),
    'flink',
    (trouble) => {
      if (trouble?.kind === 'failing') failures.push(trouble.why);
      else told.push(trouble?.why);
    },
    time,
  );
}

const podOf = (uid: string, version: number, phase = 'Running') => ({
  metadata: { name: uid, uid, resourceVersion: `${version}`, labels: { [clusterLabel]: 'c' } },
  status: { phase },
});
const list = (version: number, ...uids: string[]) =>
  server.answer(listing, {
    status: 200,
    body: {
      metadata: { resourceVersion: `${version}` },
      items: uids.map((uid) => podOf(uid, version)),
    },
  });
const refuse = (line: string, status: number, message: string) =>
  server.answer(line, { status, body: { kind: 'Status', reason: 'R', message } });

/** A watch from that version on, that stays open. */
function stream(version: number): { say(type: string, object: object): void; cut(): void } {
  let open: ServerResponse;
  server.answer(watchFrom(version), (response) => {
    open = response;
    response.flushHeaders();
  });
  return {
    say: (type, object) => open.write(`${JSON.stringify({ type, object })}\n`),
    cut: () => open.destroy(),
  };
}

/** What the watch shows of the cluster, by uid and phase. */
const shown = () =>
  watch.podsOf('c')?.map(({ metadata, status }) => `${metadata.uid} ${status.phase}`);
const shows = (pods: string[] | undefined) => expect.poll(shown).toEqual(pods);
const pausesAre = (pauses: number[]) => expect.poll(() => time.pauses).toEqual(pauses);

describe('what is known of the pods', () => {
  test('is what the list had, and what happened since', async () => {
    list(1, 'a', 'b');
    const { say } = stream(1);
    open();
    await shows(['a Running', 'b Running']);
    say('MODIFIED', podOf('a', 2, 'Failed'));
    say('DELETED', podOf('b', 3));
    say('ADDED', podOf('d', 4, 'Pending'));
    await shows(['a Failed', 'd Pending']);
    expect(watch.podsOf('another')).toEqual([]);
  });

  test('is on all pages of the list', async () => {
    const page = (next: string, uid: string) => ({
      status: 200,
      body: { metadata: { resourceVersion: '1', continue: next }, items: [podOf(uid, 1)] },
    });
    server.answer(listing, page('more', 'a'));
    server.answer(`${listing}&continue=more`, page('', 'b'));
    stream(1);
    open();
    await shows(['a Running', 'b Running']);
  });

  test('is nothing before the watch has begun', async () => {
    list(1, 'a');
    let begin: () => void = () => undefined;
    server.answer(watchFrom(1), (response) => {
      begin = () => response.flushHeaders();
    });
    open();
    await expect.poll(() => server.count(watchFrom(1))).toBe(1);
    expect(watch.podsOf('c')).toBeUndefined();
    begin();
    await shows(['a Running']);
  });

  test('is nothing while the connection is lost (S25)', async () => {
    list(1, 'a');
    const { cut } = stream(1);
    open();
    await shows(['a Running']);
    cut();
    await shows(undefined);
  });
});

describe('after a cut', () => {
  test('it goes on from what it saw last, bookmarks included, without a list', async () => {
    list(1, 'a');
    const first = stream(1);
    const second = stream(5);
    open();
    await shows(['a Running']);
    first.say('MODIFIED', podOf('a', 3, 'Pending'));
    first.say('BOOKMARK', { metadata: { resourceVersion: '5' } });
    await shows(['a Pending']);
    first.cut();
    await pausesAre([200]);
    time.goOn();
    await shows(['a Pending']);
    second.say('DELETED', podOf('a', 6));
    await shows([]);
    expect(server.count(listing)).toBe(1);
  });

  test.each<[string, (from: ReturnType<typeof stream>) => void]>([
    [
      'is answered with HTTP 410',
      ({ cut }) => {
        refuse(watchFrom(1), 410, 'too old resource version');
        cut();
      },
    ],
    ['sees ERROR', ({ say }) => say('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })],
  ])('one that %s lists again: what went meanwhile is gone', async (_, expire) => {
    list(1, 'a', 'b');
    const first = stream(1);
    open();
    await shows(['a Running', 'b Running']);
    list(9, 'b');
    stream(9);
    expire(first);
    await expect
      .poll(() => {
        time.goOn();
        return shown();
      })
      .toEqual(['b Running']);
    expect(server.count(listing)).toBe(2);
    expect(told).toEqual([]);
  });

  test('an event that cannot be read is not passed over', async () => {
    list(1, 'a');
    const { say } = stream(1);
    open();
    await shows(['a Running']);
    say('MODIFIED', { metadata: { resourceVersion: '2' }, status: 'gone' });
    await shows(undefined);
    time.goOn();
    await expect.poll(() => server.count(watchFrom(1))).toBe(2);
  });
});

test('what ends at once is asked ever more rarely, and what lasted at once', async () => {
  server.answer(listing, { status: 503, body: 'no' });
  open();
  const grown = [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000];
  for (const [index] of grown.entries()) {
    await pausesAre(grown.slice(0, index + 1));
    if (index === grown.length - 1) break;
    time.goOn();
  }
  list(1, 'a');
  const { cut } = stream(1);
  time.goOn();
  await shows(['a Running']);
  time.pass(15_001);
  cut();
  await pausesAre([...grown, 0]);
});

describe('what fails', () => {
  /** Fails once more after so long. */
  async function failsAfter(ms: number): Promise<void> {
    const tries = time.pauses.length;
    time.pass(ms);
    time.goOn();
    await expect.poll(() => time.pauses.length).toBe(tries + 1);
  }

  test('for over a minute is told once, with why, and when it goes on', async () => {
    server.answer(listing, { status: 503, body: 'no' });
    open();
    await pausesAre([200]);
    await failsAfter(59_000);
    expect(failures).toEqual([]);
    await failsAfter(2_000);
    server.answer(listing, { status: 502, body: 'no either' });
    for (let tries = 0; tries < 10; tries += 1) await failsAfter(15_000);
    expect(failures).toEqual([expect.stringContaining('HTTP 503')]);
    list(1, 'a');
    const { say, cut } = stream(1);
    time.goOn();
    await shows(['a Running']);
    expect(told).toEqual([]);
    time.pass(16_000);
    say('BOOKMARK', { metadata: { resourceVersion: '2' } });
    await expect.poll(() => told).toEqual([undefined]);
    cut();
    await expect.poll(shown).toBeUndefined();
    await failsAfter(0);
    await failsAfter(59_000);
    expect(failures).toHaveLength(1);
  });

  test('is told, too, where it begins each time, and once however often it begins', async () => {
    list(1, 'a');
    server.answer(watchFrom(1), (response) => void response.end('no JSON\n'));
    open();
    await pausesAre([200]);
    for (let tries = 0; tries < 10; tries += 1) await failsAfter(15_000);
    expect(failures).toEqual([expect.stringContaining('not JSON')]);
    expect(told).toEqual([]);
  });

  test('is not told where it is refused, which says more', async () => {
    refuse(listing, 403, 'cannot list');
    open();
    await pausesAre([60_000]);
    server.answer(listing, { status: 503, body: 'no' });
    for (let tries = 0; tries < 10; tries += 1) await failsAfter(60_000);
    expect([told, failures]).toEqual([['cannot list'], []]);
  });
});

describe('a right that is missing', () => {
  const words = 'pods is forbidden: User "sluice" cannot watch resource "pods"';

  test('is told once in the words of Kubernetes, asked for slowly, and told when it is given', async () => {
    list(1, 'a');
    refuse(watchFrom(1), 403, words);
    open();
    await pausesAre([60_000]);
    time.goOn();
    await pausesAre([60_000, 60_000]);
    expect(told).toEqual([words]);
    expect(watch.podsOf('c')).toBeUndefined();
    stream(1);
    time.goOn();
    await shows(['a Running']);
    expect(told).toEqual([words, undefined]);
  });

  test('is told again when it is another', async () => {
    list(1);
    refuse(watchFrom(1), 403, words);
    open();
    await pausesAre([60_000]);
    refuse(listing, 403, 'cannot list');
    time.goOn();
    await pausesAre([60_000, 60_000]);
    expect(told).toEqual([words, 'cannot list']);
  });

  test('stays told through an outage', async () => {
    list(1);
    refuse(watchFrom(1), 403, words);
    open();
    await pausesAre([60_000]);
    server.answer(listing, { status: 503, body: 'no' });
    time.goOn();
    await pausesAre([60_000, 15_000]);
    list(1);
    time.goOn();
    await pausesAre([60_000, 15_000, 60_000]);
    expect(told).toEqual([words]);
  });
});

test('one that nobody asks is not gone on with, and begins anew for who asks again', async () => {
  list(1, 'a');
  const first = stream(1);
  open();
  await shows(['a Running']);
  time.pass(16 * 60_000);
  first.cut();
  await pausesAre([0]);
  list(7, 'b');
  stream(7);
  time.goOn();
  await shows(['b Running']);
  expect([server.count(listing), server.count(watchFrom(1))]).toEqual([2, 1]);
});

describe('close ends all', () => {
  test('a watch that is open', async () => {
    list(1, 'a');
    let ended = false;
    server.answer(watchFrom(1), (response) => {
      response.flushHeaders();
      response.once('close', () => {
        ended = true;
      });
    });
    open();
    await shows(['a Running']);
    await watch.close();
    expect(watch.podsOf('c')).toBeUndefined();
    await expect.poll(() => ended).toBe(true);
  });

  test('a list that is not answered', async () => {
    server.answer(listing, () => undefined);
    open();
    await expect.poll(() => server.count(listing)).toBe(1);
    await watch.close();
  });

  test('a pause', async () => {
    server.answer(listing, { status: 503, body: 'no' });
    open();
    await pausesAre([200]);
    await watch.close();
    expect(server.count(listing)).toBe(1);
  });
});
