import type { ArtifactFetcher } from '../src/artifacts/artifacts.ts';
import type { FlinkClient } from '../src/flink/client.ts';
import type { Store } from '../src/store/store.ts';
import type { ClusterTarget } from '../src/targets/target.ts';

/** The kinds of targets this process can reach, by the key of a DeploymentTarget's `spec`. */
export interface ReachableTargets {
  local?: ClusterTarget;
  kubernetes?: {
    /** Clusters in a namespace of Kubernetes; empty: Sluice's own. */
    inNamespace(namespace: string): ClusterTarget;
  };
}

/** What effects are made with; handed over once by the composition root. */
export interface ActivityDeps {
  store: Store;
  targets: ReachableTargets;
  flink: FlinkClient;
  artifacts: ArtifactFetcher;
  /** Sluice's own throw-away job (mission 2). */
  warmUpJar: string;
  /** Epoch ms. */
  now: () => number;
}
