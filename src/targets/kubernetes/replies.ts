import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';

/** What is read of Kubernetes' objects. They are untrusted: whatever does not fit proves nothing (S25). */

const metadata = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().exactOptional(),
  finalizers: z.array(z.string()).default([]),
});

const anyObject = z.object({ metadata });

const ended = z.object({
  exitCode: z.int(),
  reason: z.string().default(''),
  message: z.string().default(''),
});

const containerStatus = z.object({
  name: z.string(),
  /** Empty: none was made yet. */
  containerID: z.string().default(''),
  state: z
    .object({
      waiting: z
        .object({ reason: z.string().default(''), message: z.string().default('') })
        .exactOptional(),
      running: z.object({}).exactOptional(),
      terminated: ended.exactOptional(),
    })
    .default({}),
  lastState: z.object({ terminated: ended.exactOptional() }).default({}),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});

const pod = z.object({
  metadata,
  spec: z.object({ nodeName: z.string().default('') }).default({ nodeName: '' }),
  status: z.object({
    phase: z.string().default('Pending'),
    reason: z.string().default(''),
    message: z.string().default(''),
    podIP: z.string().default(''),
    conditions: z.array(condition).default([]),
    initContainerStatuses: z.array(containerStatus).default([]),
    containerStatuses: z.array(containerStatus).default([]),
  }),
});

const deployment = z.object({
  metadata,
  spec: z.object({ replicas: z.int().default(1) }).default({ replicas: 1 }),
  status: z.object({ conditions: z.array(condition).default([]) }).default({ conditions: [] }),
});

const configMap = z.object({
  metadata,
  data: z.record(z.string(), z.string()).default({}),
});

const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

export const replies = {
  object: anyObject,
  pods: listOf(pod),
  pod,
  deployment,
  configMap,
  objects: listOf(anyObject),
};

export type AnyObject = z.output<typeof anyObject>;
/** `said`: what Kubernetes said in an Event of its coming up, unbounded. */
export type Pod = z.output<typeof pod> & { said?: string };
export type TaskManagerDeployment = z.output<typeof deployment>;
export type ConfigMap = z.output<typeof configMap>;
export type ContainerStatus = z.output<typeof containerStatus>;

/** What there is of a cluster. */
export interface Parts {
  root?: ConfigMap;
  pods: Pod[];
  taskManagers?: TaskManagerDeployment;
}

/** @throws {Unreachable} it is not of that shape. */
export function readReply<T extends z.ZodType>(schema: T, reply: unknown): z.output<T> {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue ? `${issue.path.join('.')}: ${issue.message}` : '';
  throw new Unreachable('TARGET_UNREACHABLE', `an answer of Kubernetes cannot be read: ${where}`);
}
