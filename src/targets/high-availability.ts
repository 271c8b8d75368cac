type Configuration = Record<string, string>;

/**
 * Flink's high availability by Kubernetes is left out everywhere: elsewhere there is no Kubernetes, and in it the JobManager
 * would need rights of its own, to bring back by itself what Sluice brings back anyway. Nothing is lost without it: a
 * JobManager is never started again, and its job comes back from its latest retained checkpoint (flink.md 7).
 */
export function withoutHighAvailability(user: Readonly<Configuration>): Configuration {
  const keys = ['high-availability.type', 'high-availability'];
  const isKubernetes = (value: string | undefined) => /kubernetes/i.test(value ?? '');
  if (!keys.some((key) => isKubernetes(user[key]))) return {};
  return Object.fromEntries(keys.map((key) => [key, 'NONE']));
}
