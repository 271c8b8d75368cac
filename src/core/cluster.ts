/** A Flink cluster of one Job, as the core, the workflows and the targets speak about it. Plain JSON: it crosses Temporal. */

/** Names one cluster for good. `clusterId` = 'j' + the Job's UUID without dashes (reliability.md 2.1). */
export interface ClusterRef {
  clusterId: string;
  jobId: string;
  deploymentId: string;
  namespace: string;
  /** Name of the DeploymentTarget that holds it, within `namespace`. */
  target: string;
}

/** The one place where a cluster can be seen: an installation of Sluice, or a namespace of one API server. */
export interface ClusterHolder {
  /** `installation-id`, or the namespace's uid. */
  id: string;
  /** Host and data directory, or namespace and API server, for people. */
  place: string;
}

/** cpu in cores (> 0); memory as written in the spec: `1g`, `1.5g`, `1024m`. */
export interface Resources {
  cpu: number;
  memory: string;
}

/** All that is needed to make a cluster; equal specs make equal clusters. */
export interface ClusterSpec extends ClusterRef {
  /** As in the spec: `1.20`, `2.3`, or with a patch level. */
  flinkVersion: string;
  taskManagers: number;
  resources: { jobmanager: Resources; taskmanager: Resources };
  /** Rendered: user's keys, state directories, fixed keys; addresses and ports are added by the target. */
  flinkConfiguration: Record<string, string>;
  /** Logger name → level; `""` is the root logger. */
  log4jLoggers: Record<string, string>;
  /** Directories of state (`file:` URIs) that must exist and be writable before the start. */
  stateDirectories: string[];
  /** What its containers run, where there are any: `registry/repository:tag`. */
  image?: string;
  /** `template.spec.kubernetes` as in the spec; other targets have no use for it (api.md 4.5). */
  kubernetes?: KubernetesOptions;
}

/** What is not named here passes through to Kubernetes as it is. */
export interface KubernetesOptions {
  labels?: Record<string, string>;
  pods?: PodOptions;
  /** V1PodTemplateSpec, each; exclude `pods`. */
  jobManagerPodTemplate?: unknown;
  taskManagerPodTemplate?: unknown;
}

/** The short form: for the pods of both kinds. */
export interface PodOptions {
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  nodeSelector?: Record<string, string>;
  securityContext?: unknown;
  affinity?: unknown;
  tolerations?: unknown[];
  imagePullSecrets?: unknown[];
  envVars?: unknown[];
  /** A volume and where it is mounted: `{name, volume, volumeMount}`. */
  volumeMounts?: { name?: string; volume?: unknown; volumeMount?: unknown }[];
}

/**
 * What a target knows of a cluster (S25). `absent` carries evidence that nothing of it runs *and* nothing of it can
 * come back; anything less is `unknown`.
 */
export type ClusterObservation =
  | {
      kind: 'present';
      /** Base URL of the JobManager's REST endpoint; set when the JobManager process or pod exists. */
      restUrl?: string;
      /** `exited` is proof (process id and start time, or pod uid) that the JobManager which ran the job is gone. */
      jobManager: 'running' | 'exited';
      taskManagersRunning: number;
      taskManagersWanted: number;
      /** Why a part exited or does not come up, for people: exit code and last log lines. */
      trouble?: string;
      /** What a part waits for that may come yet, for people. */
      pending?: string;
      /** Trouble of something that Flink does without, for people: no reason to end anything. */
      beside?: string;
      /** The trouble, or what it waits for, is room on the target. */
      noRoom?: true;
      /** Missing TaskManagers come back without us. */
      healing?: true;
    }
  | { kind: 'absent'; evidence: string }
  | { kind: 'unknown'; why: string };
