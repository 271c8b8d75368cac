import { expect, test } from 'vitest';
import { z } from 'zod';
import { anApi } from '../testing/api-under-test.ts';

const description = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) }),
    ),
  ),
});

const read = async (path: string) => {
  const { get } = await anApi();
  return description.parse(await (await get(path)).json());
};

test('the description is the same under all its names (api.md 1.1)', async () => {
  const documents = await Promise.all(
    ['/openapi.json', '/swagger.json', '/api/swagger.json'].map(read),
  );
  expect(documents[1]).toEqual(documents[0]);
  expect(documents[2]).toEqual(documents[0]);
});

test('every described operation exists, and every operation has a name of its own', async () => {
  const { app } = await anApi();
  const { paths } = await read('/openapi.json');
  const ids: string[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    const real = path.replace('{ns}', 'default').replaceAll(/\{\w+\}/g, 'none');
    for (const [method, { operationId }] of Object.entries(operations)) {
      ids.push(operationId);
      const answer = await app.request(real, { method: method.toUpperCase() });
      const text = await answer.text();
      expect(answer.status === 405 || text.includes(`The path ${real} `), `${method} ${path}`).toBe(
        false,
      );
    }
  }
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(25);
});

test('a successful status is listed only where it is really answered (api.md 1.4)', async () => {
  const { paths } = await read('/openapi.json');
  const successes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { responses }]) => {
      const statuses = Object.keys(responses).filter((status) => status.startsWith('2'));
      return [`${method} ${path.split('/').slice(-2).join('/')}`, statuses.join()] as const;
    }),
  );
  const unusual = successes.filter(([, statuses]) => statuses !== '200');
  expect(Object.fromEntries(unusual)).toEqual({
    'post {ns}/deployments': '201',
    'put deployments/{idOrName}': '200,201',
    'post {ns}/savepoints': '201',
    'post {ns}/deployment-targets': '201',
    'put deployment-targets/{idOrName}': '200,201',
  });
});

test('fields carry their meaning and default from the one schema (style.md 5)', async () => {
  const text = JSON.stringify(await read('/openapi.json'));
  expect(text).toContain(
    'Savepoint attempts of one suspend or stateful upgrade before it fails. Default: 4.',
  );
});
