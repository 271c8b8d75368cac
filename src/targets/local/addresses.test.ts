import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimAddress, claimSharedPort, freeAddresses } from './addresses.ts';

const { signal } = new AbortController();
const ports = { rest: 28_081, rpc: 26_123 };
/** No process has this id: the kernel's own limit is lower. */
const dead = { pid: 2 ** 30, startTicks: '1' };

let folder: string;
let hosts: string;
let listeners: Server[];

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'sluice-addresses-'));
  hosts = join(folder, 'hosts');
  listeners = [];
});
afterEach(() => {
  for (const listener of listeners) listener.close();
  fs.rmSync(folder, { recursive: true });
});

const who = (clusterId: string, owner = 'us') => ({
  owner,
  clusterId,
  folder: join(folder, clusterId),
});
const claim = (clusterId: string) => claimAddress(hosts, who(clusterId), ports, signal);

/** A claim that a killed controller left, with or without the cluster's folder. */
function leaveClaim(address: string, clusterId: string, claimant = dead): void {
  fs.mkdirSync(hosts, { recursive: true });
  fs.symlinkSync(JSON.stringify({ ...who(clusterId), claimant }), join(hosts, address));
}

async function listen(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port });
  listeners.push(server);
  await once(server, 'listening');
}

test('twenty claims at once get twenty addresses of 127.77.0.0/16', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `j${index}`);
  const addresses = await Promise.all(ids.map(claim));
  expect(new Set(addresses).size).toBe(20);
  for (const address of addresses) expect(address).toMatch(/^127\.77\.\d+\.\d+$/);
  expect(fs.readdirSync(hosts).toSorted()).toEqual(addresses.toSorted());
});

test('a cluster that claims again gets what it has', async () => {
  expect(await claim('j1')).toBe(await claim('j1'));
  expect(fs.readdirSync(hosts)).toHaveLength(1);
});

test('an address is free again once its cluster frees it, and only then', async () => {
  const first = await claim('j1');
  await freeAddresses(hosts, who('j2'), signal);
  await freeAddresses(hosts, who('j1', 'others'), signal);
  expect(fs.readdirSync(hosts)).toEqual([first]);
  await freeAddresses(hosts, who('j1'), signal);
  expect(fs.readdirSync(hosts)).toEqual([]);
});

test.each(['rest', 'rpc'] as const)(
  'a foreign listener on the %s port leads elsewhere',
  async (name) => {
    const taken = await claim('j1');
    await freeAddresses(hosts, who('j1'), signal);
    await listen(taken, ports[name]);
    expect(await claim('j1')).not.toBe(taken);
  },
);

test('a port that is taken on every address is named', async () => {
  await listen('0.0.0.0', ports.rest);
  await expect(claim('j1')).rejects.toMatchObject({
    code: 'NO_ROOM_ON_TARGET',
    message: expect.stringContaining(String(ports.rest)),
  });
});

test('a claim that nobody needs any more is taken over', async () => {
  const address = await claim('j1');
  await freeAddresses(hosts, who('j1'), signal);
  leaveClaim(address, 'jdead');
  // j1 would choose this very address.
  expect(await claim('j1')).toBe(address);
});

test('a claim is kept while its claimant lives or its cluster has a folder', async () => {
  const address = await claim('j1');
  await freeAddresses(hosts, who('j1'), signal);
  fs.mkdirSync(join(folder, 'jkept'));
  leaveClaim(address, 'jkept');
  expect(await claim('j1')).not.toBe(address);
  await freeAddresses(hosts, who('j1'), signal);

  await freeAddresses(hosts, who('jkept'), signal);
  const other = await claimAddress(hosts, who('jyoung'), ports, signal);
  expect(fs.existsSync(join(folder, 'jyoung'))).toBe(false);
  fs.renameSync(join(hosts, other), join(hosts, address));
  expect(await claim('j1')).not.toBe(address);
});

test('what is no claim keeps its address', async () => {
  const address = await claim('j1');
  await freeAddresses(hosts, who('j1'), signal);
  fs.writeFileSync(join(hosts, address), 'by hand');
  expect(await claim('j1')).not.toBe(address);
  expect(fs.readFileSync(join(hosts, address), 'utf8')).toBe('by hand');
});

test('every user of the host may claim, none may take away', async () => {
  await claim('j1');
  expect(fs.statSync(hosts).mode & 0o7777).toBe(0o1777);
});

test('a link in place of the folder is not followed', async () => {
  fs.mkdirSync(join(folder, 'elsewhere'));
  fs.symlinkSync(join(folder, 'elsewhere'), hosts);
  await expect(claim('j1')).rejects.toThrow(`${hosts} is not a folder`);
  expect(fs.readdirSync(join(folder, 'elsewhere'))).toEqual([]);
});

test('a JobManager without an address of its own gets a port of 127.0.0.1 that no other has', async () => {
  const ids = Array.from({ length: 5 }, (_, index) => `j${index}`);
  const places = await Promise.all(ids.map((id) => claimSharedPort(hosts, who(id), signal)));
  expect(new Set(places.map(({ port }) => port)).size).toBe(5);
  await Promise.all(ids.map(claim));
  const again = await Promise.all(ids.map((id) => claimSharedPort(hosts, who(id), signal)));
  expect(again).toEqual(places);
  for (const id of ids) await freeAddresses(hosts, who(id), signal);
  expect(fs.readdirSync(hosts)).toEqual([]);
});
