import { expect, test } from 'vitest';
import { callsIn } from './audit-log.ts';

const line = (auditID: string, second: number, username: string, more: object) =>
  JSON.stringify({
    auditID,
    user: { username },
    requestReceivedTimestamp: `2026-01-01T00:00:0${second}.5Z`,
    ...more,
  });
const worker = 'system:serviceaccount:sluice:sluice-worker';
const pods = { requestURI: '/api/v1/namespaces/flink/pods', objectRef: { resource: 'pods' } };
const log = [
  line('early', 0, worker, { verb: 'list', ...pods }),
  line('watch', 1, worker, { verb: 'watch', stage: 'ResponseStarted', ...pods }),
  line('other', 2, 'system:serviceaccount:sluice-too:worker', { verb: 'list', ...pods }),
  line('path', 3, worker, { verb: 'get', requestURI: '/readyz' }),
  line('watch', 1, worker, { verb: 'watch', stage: 'ResponseComplete', ...pods }),
  line('late', 5, worker, { verb: 'list', ...pods }),
].join('\n');
const second = (number: number) => Date.UTC(2026, 0, 1, 0, 0, number);

test("a call counts once, if it is of the namespace's own accounts and came within the time", () => {
  const calls = callsIn(`${log}\n`, 'sluice', second(1), second(5));
  expect(calls).toEqual([{ what: 'watch pods' }, { what: 'get /readyz' }]);
});
