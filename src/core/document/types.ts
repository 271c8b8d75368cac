import type { UriRules } from '../artifact-uri.ts';
import type { ClusterRef, ClusterSpec } from '../cluster.ts';
import type { FieldProblem } from '../errors/index.ts';
import type { JsonObject } from './json.ts';
import type { DeploymentSpec, Document } from './schema.ts';

/**
 * A request body after {@link normaliseBody}: known fields only, in the spelling and, where it could be had, the type of
 * the stored form; `null`s kept, as a merge patch needs them. A field that does not fit is left as it came: creating
 * or changing a document from it names it.
 */
export interface DeploymentBody {
  /** `name`, `displayName`, `labels`, `annotations` (the user's). */
  metadata?: JsonObject | null;
  spec?: JsonObject | null;
}

/** Server settings that shape documents (api.md 5). Plain JSON, crosses Temporal. */
export interface DocumentSettings {
  /** What counts as a change that starts an upgrade (api.md 3.4). */
  upgradeTrigger: 'spec' | 'template';
  /** Deployment names obey the slug rule of the original ≥ 2.4 (api.md 1.6). */
  strictNames: boolean;
  /** `spec.status` overrides `spec.state` (api.md 5). */
  specStatusAlias: boolean;
  /** Version as users write it and its image tag; the first entry is the default version. */
  flinkVersions: { version: string; imageTag: string }[];
  /** Filled in where a document names none; an empty text fills in nothing. */
  flinkImageRegistry: string;
  flinkImageRepository: string;
  /** Names of logging profiles; `default` exists whatever this lists. */
  loggingProfiles: string[];
  /**
   * DeploymentDefaults of the namespace over the global ones: a partial `spec`. Used at creation and by
   * `PUT ?applyDefaults=true` only (api.md 2.6).
   */
  defaults: Record<string, unknown>;
  /** A base directory for savepoints and checkpoints exists on the server side (`blobStorage.baseUri`). */
  hasStorage: boolean;
  /**
   * Where an administrator has set them: the URIs (with scheme) under which the state directories a document names must
   * lie (V08). Absent: anywhere.
   */
  stateDirectoryPrefixes?: string[];
  /** Where artifacts may come from (N01 to N09); absent: only the fetch judges. */
  artifactUris?: UriRules;
}

/** A document, or every field that is wrong with what is allowed there; or it is as a whole too large. */
export type DocumentResult = { document: Document } | { problems: FieldProblem[]; tooLarge?: true };

/** What a change of a document asks for (api.md 3.4). */
export interface DocumentComparison {
  /** Anything at all differs: `resourceVersion` + 1. */
  changed: boolean;
  /** A key of `spec`, or under `upgradeTrigger: spec` a user annotation, differs: `deployment.spec.version` + 1. */
  specChanged: boolean;
  stateChanged: boolean;
  /** Of all that counts as a spec change, only `spec.state` differs. */
  onlyStateChanged: boolean;
  /** A running job must be replaced, if the upgrade strategy allows (M19). */
  upgradeNeeded: boolean;
}

/** What a Job is made from: the document's spec, who it is for, where its state goes. */
export interface RenderInput {
  spec: DeploymentSpec;
  identity: ClusterRef & { deploymentName: string };
  /** `blobStorage.baseUri`; empty: no storage on the server side. */
  storageUri: string;
}

/** Everything a Job's steps need of the document, rendered for this Job. Plain JSON. */
export interface RenderedJob {
  cluster: ClusterSpec;
  /** For `POST /jars/:id/run`; `programArgs` is `mainArgs` split into words, never seen by a shell (N11). */
  run: {
    entryClass?: string;
    programArgs: string[];
    parallelism: number;
    flinkConfiguration?: Record<string, string>;
  };
  jarUri: string;
  /** URI of this Job's checkpoints, `<base>/<Deployment id>/<Job id>`; Flink adds `/<flink job id>/chk-N`. */
  checkpointDirectory: string | undefined;
  /** URI below which each savepoint attempt has a folder named by its id. */
  savepointBase: string | undefined;
  /** `spec` of the Job as replied (api.md 2.2): a frozen copy with the rendered configuration. No secrets. */
  jobSpec: Record<string, unknown>;
}
