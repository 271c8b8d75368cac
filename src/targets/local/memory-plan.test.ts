import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planJobManagerMemory, planTaskManagerMemory } from './memory-plan.ts';
import { mebibytes } from './memory-size.ts';

const sum = (parts: object): number =>
  Object.values(parts).reduce((total: number, part: unknown) => total + Number(part), 0);

describe('the memory of a process', () => {
  test('is the sum of its parts, whatever its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 65_536 }), (size) => {
        expect(sum(planTaskManagerMemory(`${size}m`, {}))).toBe(size);
        expect(sum(planJobManagerMemory(`${size}m`, {}))).toBe(size);
      }),
    );
  });

  test('leaves most of the default 1g to the heap', () => {
    expect(planTaskManagerMemory('1g', {})).toEqual({
      frameworkHeap: 66,
      taskHeap: 402,
      frameworkOffHeap: 66,
      taskOffHeap: 0,
      managed: 66,
      network: 66,
      metaspace: 256,
      overhead: 102,
    });
    expect(planJobManagerMemory('1g', {})).toEqual({
      heap: 555,
      offHeap: 111,
      metaspace: 256,
      overhead: 102,
    });
  });

  test('grows with what the spec asks for', () => {
    const heapOf = (size: string) => planTaskManagerMemory(size, {}).taskHeap;
    expect(heapOf('2g')).toBeGreaterThan(heapOf('1g') + 512);
    expect(heapOf('1.5g')).toBe(heapOf('1536m'));
  });

  test('that is too little is refused with what would do', () => {
    const start = (size: string) => planTaskManagerMemory(size, {});
    expect(() => start('256m')).toThrow(/256m is too little for a TaskManager. Give it (\d+)m/);
    const enough = /(\d+)m or more/.exec(String(messageOf(() => start('256m'))))?.[1];
    expect(sum(start(`${enough}m`))).toBe(Number(enough));
    expect(() => planJobManagerMemory('128m', {})).toThrow(/for a JobManager/);
  });

  test('is managed to a larger part where the state is in RocksDB', () => {
    const rocks = planTaskManagerMemory('2g', { 'state.backend.type': 'rocksdb' });
    expect(rocks.managed).toBeGreaterThan(3 * planTaskManagerMemory('2g', {}).managed);
    expect(sum(rocks)).toBe(2_048);
  });

  test.each([
    ['managed.size', '100m', { managed: 100 }],
    ['managed.fraction', '0.0', { managed: 0 }],
    ['task.heap.size', '200 mb', { taskHeap: 200 }],
    ['task.off-heap.size', '32m', { taskOffHeap: 32 }],
    ['framework.heap.size', '100m', { frameworkHeap: 100 }],
    ['framework.off-heap.size', '100m', { frameworkOffHeap: 100 }],
    ['network.min', '128m', { network: 128 }],
    ['network.max', '8m', { network: 8 }],
    ['network.fraction', '0.2', { network: 133 }],
    ['jvm-metaspace.size', '96m', { metaspace: 96 }],
    ['jvm-overhead.max', '70m', { overhead: 70 }],
  ])('follows the user in taskmanager.memory.%s = %s', (key, value, expected) => {
    const plan = planTaskManagerMemory('1g', { [`taskmanager.memory.${key}`]: value });
    expect(plan).toMatchObject(expected);
  });

  test('follows the user in its whole size', () => {
    const sizes = {
      'taskmanager.memory.process.size': '2g',
      'jobmanager.memory.process.size': '800m',
    };
    expect(sum(planTaskManagerMemory('1g', sizes))).toBe(2_048);
    expect(sum(planJobManagerMemory('1g', sizes))).toBe(800);
    const flink = planTaskManagerMemory('1g', { 'taskmanager.memory.flink.size': '900m' });
    expect(sum(flink) - flink.metaspace - flink.overhead).toBe(900);
    expect(planJobManagerMemory('1g', { 'jobmanager.memory.heap.size': '48m' }).heap).toBe(48);
  });
});

test.each([
  ['1g', 1_024],
  ['1.5G', 1_536],
  ['512 mb', 512],
  ['64 MebiBytes', 64],
  ['67108864', 64],
  ['67108864b', 64],
  ['2048 kibibytes', 2],
  ['much', undefined],
  ['', undefined],
])('%j is an amount of %j MiB', (text, amount) => {
  expect(mebibytes(text)).toBe(amount);
});

function messageOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
