import { Refused } from '../../core/errors/index.ts';
import { mebibytes } from './memory-size.ts';

/** Parts of a process's memory, in MiB. Their sum is what the process may take, as in Flink. */
export interface JobManagerMemory {
  heap: number;
  offHeap: number;
  metaspace: number;
  overhead: number;
}

/** As {@link JobManagerMemory}, with the parts that only a TaskManager has. */
export interface TaskManagerMemory {
  frameworkHeap: number;
  taskHeap: number;
  frameworkOffHeap: number;
  taskOffHeap: number;
  managed: number;
  network: number;
  metaspace: number;
  overhead: number;
}

type Configuration = Readonly<Record<string, string>>;

/*
 * Flink's scripts derive the parts by starting one more JVM (BashJavaUtils), with shares that fit servers: they refuse
 * 700m and leave 24 MB of heap in 600m (flink.md 1). These shares fit a process of 512m as well as one of 16g. What the
 * user's configuration says about a part always wins.
 */
const share = 0.1;
const least = { heap: 64, taskHeap: 24, metaspace: 128, overhead: 64, network: 16, framework: 48 };

/**
 * @param size `resources.jobmanager.memory`
 * @throws {Refused} CLUSTER_START_FAILED when nothing useful fits in.
 */
export function planJobManagerMemory(size: string, user: Configuration): JobManagerMemory {
  const read = reader('jobmanager.memory', user);
  const plan = (total: number): JobManagerMemory => {
    const { flink, metaspace, overhead } = outerParts(total, read);
    const offHeap = read('off-heap.size') ?? clamp(flink / 6, 64, 128);
    return { heap: read('heap.size') ?? flink - offHeap, offHeap, metaspace, overhead };
  };
  const fits = ({ heap }: JobManagerMemory) => heap >= (read('heap.size') ?? least.heap);
  return fitting('JobManager', size, read, plan, fits);
}

/**
 * @param size `resources.taskmanager.memory`
 * @throws {Refused} CLUSTER_START_FAILED when nothing useful fits in.
 */
export function planTaskManagerMemory(size: string, user: Configuration): TaskManagerMemory {
  const read = reader('taskmanager.memory', user);
  const plan = (total: number): TaskManagerMemory => {
    const { flink, metaspace, overhead } = outerParts(total, read);
    const framework = clamp(flink * share, least.framework, 128);
    const frameworkHeap = read('framework.heap.size') ?? framework;
    const frameworkOffHeap = read('framework.off-heap.size') ?? framework;
    const taskOffHeap = read('task.off-heap.size') ?? 0;
    const network = within(flink, 'network', { min: least.network, max: 1_024 }, read);
    const managed = read('managed.size') ?? Math.floor(flink * managedShare(user));
    const others = frameworkHeap + frameworkOffHeap + taskOffHeap + network + managed;
    const taskHeap = read('task.heap.size') ?? flink - others;
    const heaps = { frameworkHeap, taskHeap, frameworkOffHeap, taskOffHeap };
    return { ...heaps, managed, network, metaspace, overhead };
  };
  const leastHeap = read('task.heap.size') ?? least.taskHeap;
  return fitting('TaskManager', size, read, plan, ({ taskHeap }) => taskHeap >= leastHeap);
}

/** Managed memory serves RocksDB, batch operators and Python only: with state on the heap, the heap needs the room. */
function managedShare(user: Configuration): number {
  const wanted = Number(user['taskmanager.memory.managed.fraction']);
  if (Number.isFinite(wanted)) return wanted;
  const backend = user['state.backend.type'] ?? user['state.backend'] ?? '';
  return /rocksdb|forst/i.test(backend) ? 0.4 : share;
}

/** What lies around Flink's own memory: `process = flink + metaspace + overhead`. */
function outerParts(total: number, read: Read) {
  const metaspace = read('jvm-metaspace.size') ?? clamp(total / 4, least.metaspace, 256);
  const overhead = within(total, 'jvm-overhead', { min: least.overhead, max: 1_024 }, read);
  return { metaspace, overhead, flink: read('flink.size') ?? total - metaspace - overhead };
}

/** A part by Flink's three keys `<name>.fraction`, `.min` and `.max`. */
function within(of: number, name: string, limits: { min: number; max: number }, read: Read) {
  const [min, max] = [read(`${name}.min`), read(`${name}.max`)];
  const fraction = read.number(`${name}.fraction`) ?? share;
  const upper = max ?? Math.max(limits.max, min ?? 0);
  return clamp(of * fraction, min ?? Math.min(limits.min, upper), upper);
}

function fitting<T>(
  what: string,
  size: string,
  read: Read,
  plan: (total: number) => T,
  fits: (plan: T) => boolean,
): T {
  const total = read('process.size') ?? mebibytes(size) ?? 0;
  const planned = plan(total);
  if (fits(planned)) return planned;
  let enough = total;
  while (!fits(plan(enough)) && enough < total + 65_536) enough += 16;
  const advice = fits(plan(enough))
    ? `Give it ${enough}m or more`
    : 'Its parts that flinkConfiguration fixes leave no room for the heap';
  throw new Refused('CLUSTER_START_FAILED', `${total}m is too little for a ${what}. ${advice}.`);
}

/** Reads the user's amount for a key below a prefix, in MiB. */
interface Read {
  (key: string): number | undefined;
  /** A plain number. */
  number(key: string): number | undefined;
}

function reader(prefix: string, user: Configuration): Read {
  const text = (key: string): string | undefined => user[`${prefix}.${key}`];
  const amount = (key: string): number | undefined => {
    const value = text(key);
    return value === undefined ? undefined : mebibytes(value);
  };
  return Object.assign(amount, {
    number: (key: string) => {
      const value = Number.parseFloat(text(key) ?? '');
      return Number.isFinite(value) ? value : undefined;
    },
  });
}

const clamp = (value: number, min: number, max: number): number =>
  Math.floor(Math.min(Math.max(value, min), max));
