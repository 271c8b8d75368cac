/**
 * The one schema of SQLite and Postgres. Columns are what is looked up, ordered or locked; all else is JSON in `body`:
 * Postgres refuses the character U+0000 in `text`, and texts of Flink may hold it; JSON escapes it.
 */
export interface Tables {
  deployments: DeploymentRow;
  jobs: JobRow;
  savepoints: SavepointRow;
  events: EventRow;
  observations: ObservationRow;
  targets: TargetRow;
  namespace_clocks: NamespaceClockRow;
}

/** Version of the JSON in `body`, kept with each row so that a later release reads old rows as they were meant (S29). */
interface Versioned {
  body: string;
  schema_version: number;
}

/** Which write a row comes from: the fence and revision of its batch. */
interface Written {
  fence: number;
  revision: number;
}

/** Bookkeeping that the store adds to records of workflows; times in epoch milliseconds. */
interface Kept {
  resource_version: number;
  created_at: number;
  modified_at: number;
}

export interface DeploymentRow extends Versioned, Written {
  id: string;
  namespace: string;
  name: string;
  created_at: number;
  /** How many events the Deployment has: the number of its last one. */
  event_count: number;
  /** `spec.deploymentTargetId` and `-Name`, so that a target in use is found. */
  target_id: string | null;
  target_name: string | null;
  status: string;
  workflow_state: string;
  /** Runs of its workflow: the one that writes, and the one it took over from. */
  run_id: string | null;
  run_before: string | null;
}

export interface JobRow extends Versioned, Written, Kept {
  id: string;
  deployment_id: string;
  namespace: string;
  sequence: number;
  attempt: number;
  state: string;
  /** Name or id of the DeploymentTarget that holds its cluster. */
  target: string;
  /** The installation that holds its cluster, and where that is; null: nobody has asked for it yet. */
  owner: string | null;
  owner_place: string | null;
}

export interface SavepointRow extends Versioned, Written, Kept {
  id: string;
  deployment_id: string;
  namespace: string;
  job_id: string | null;
  state: string;
}

export interface EventRow extends Versioned {
  deployment_id: string;
  number: number;
  key: string;
  id: string;
  namespace: string;
  job_id: string | null;
  created_at_micros: number;
}

export interface ObservationRow extends Versioned {
  job_id: string;
  deployment_id: string;
}

export interface TargetRow extends Versioned {
  id: string;
  namespace: string;
  name: string;
  resource_version: number;
}

/** The newest `created_at_micros` given in a namespace; whoever writes events there holds this row until it commits. */
export interface NamespaceClockRow {
  namespace: string;
  last_micros: number;
}
