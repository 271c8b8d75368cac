import { z } from 'zod';

type Labels = Readonly<Record<string, string>>;

/** One end of a connection. What is outside of the cluster is in no namespace, and no selector meets it. */
export type End = { namespace: { name: string; labels: Labels }; labels: Labels } | 'outside';

export interface Port {
  protocol: 'TCP' | 'UDP';
  port: number;
}

// Strict: what the manifests do not use would be judged wrongly, so it is refused.
const selector = z.strictObject({ matchLabels: z.record(z.string(), z.string()).default({}) });
const peer = z.strictObject({
  namespaceSelector: selector.optional(),
  podSelector: selector.optional(),
});
const ports = z.array(z.strictObject({ protocol: z.enum(['TCP', 'UDP']), port: z.number() }));
const direction = z.enum(['Ingress', 'Egress']);
const specification = z.strictObject({
  podSelector: selector,
  policyTypes: z.array(direction),
  ingress: z.array(z.strictObject({ from: z.array(peer), ports: ports.optional() })).default([]),
  egress: z
    .array(z.strictObject({ to: z.array(peer).optional(), ports: ports.optional() }))
    .default([]),
});

export type NetworkPolicy = z.infer<typeof specification> & { namespace: string };

/** @param namespace that the policy is applied to. */
export const networkPolicy = (namespace: string, spec: unknown): NetworkPolicy => ({
  namespace,
  ...specification.parse(spec),
});

/**
 * Whether a connection is let through, as Kubernetes defines it: an end that no policy selects in a direction is open, and
 * one that some select lets through what any rule of theirs names. Both ends have to.
 */
export const isLetThrough = (
  policies: readonly NetworkPolicy[],
  from: End,
  to: End,
  port: Port,
): boolean =>
  isOpen(policies, 'Egress', { at: from, peer: to, port }) &&
  isOpen(policies, 'Ingress', { at: to, peer: from, port });

interface Half {
  at: End;
  peer: End;
  port: Port;
}

function isOpen(
  policies: readonly NetworkPolicy[],
  way: z.infer<typeof direction>,
  { at, peer, port }: Half,
): boolean {
  if (at === 'outside') return true;
  const selecting = policies.filter(
    ({ namespace, podSelector, policyTypes }) =>
      policyTypes.includes(way) && namespace === at.namespace.name && meets(podSelector, at.labels),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ namespace, ingress, egress }) => {
    const rules =
      way === 'Ingress'
        ? ingress.map(({ from, ports }) => ({ peers: from, ports }))
        : egress.map(({ to, ports }) => ({ peers: to, ports }));
    return rules.some(
      ({ peers, ports }) =>
        (peers?.some((one) => isPeer(one, namespace, peer)) ?? true) &&
        (ports?.some((one) => one.port === port.port && one.protocol === port.protocol) ?? true),
    );
  });
}

/** Without a selector of namespaces a peer is in the policy's own. */
function isPeer(
  { namespaceSelector, podSelector }: z.infer<typeof peer>,
  own: string,
  end: End,
): boolean {
  if (end === 'outside') return false;
  const isThere = namespaceSelector
    ? meets(namespaceSelector, end.namespace.labels)
    : end.namespace.name === own;
  return isThere && (!podSelector || meets(podSelector, end.labels));
}

const meets = ({ matchLabels }: z.infer<typeof selector>, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
