import { expect, test } from 'vitest';
import type { Place } from './context.ts';
import { leadsThrough, restUrlOf } from './flink-address.ts';
import { newCluster } from './testing/clusters.ts';

const cluster = newCluster();
const placeBy = (context?: string, namespace = 'flink', isInside = false): Place =>
  ({
    connection: { server: new URL('https://kube:6443/base/'), isInside },
    namespace,
    context,
  }) as Place;
const addressAt = (place: Place) => new URL(restUrlOf(place, cluster, undefined));

test('contexts may share a server and a namespace: each leads to Flink by its own way', () => {
  const places = [placeBy(), placeBy('far'), placeBy('as me'), placeBy('far', 'flink-2')];
  for (const place of places)
    expect(places.filter((one) => leadsThrough(addressAt(place), one))).toEqual([place]);
});

test('what is reached by the name of a Service leads through no API server', () => {
  const inside = placeBy(undefined, 'flink', true);
  expect(addressAt(inside).href).toBe(`http://${cluster.clusterId}.flink.svc:8081/`);
  expect(leadsThrough(addressAt(inside), placeBy())).toBe(false);
});
