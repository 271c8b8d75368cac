import type { ArtifactFetcher } from '../src/artifacts/artifacts.ts';
import type { KubernetesPlace } from '../src/core/records.ts';
import type { FlinkClient } from '../src/flink/client.ts';
import type { StateStorage } from '../src/flink/state/storage.ts';
import type { Store } from '../src/store/store.ts';
import type { ClusterTarget } from '../src/targets/target.ts';

/** The kinds of targets this process can reach, by the key of a DeploymentTarget's `spec`. */
export interface ReachableTargets {
  local?: ClusterTarget;
  kubernetes?: {
    /** @throws {Refused} SETUP_INCOMPLETE: this process knows no such API server. */
    at(place: KubernetesPlace): Promise<ClusterTarget>;
  };
}

/** What effects are made with; handed over once by the composition root. */
export interface ActivityDeps {
  store: Store;
  targets: ReachableTargets;
  flink: FlinkClient;
  /** Where jobs keep their state, looked at past Flink. */
  storage: StateStorage;
  artifacts: ArtifactFetcher;
  /** Sluice's own throw-away job (mission 2). */
  warmUpJar: string;
  /** Epoch ms. */
  now: () => number;
}
