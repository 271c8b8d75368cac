/**
 * Every state, strategy, event name and code of the product, spelled once. Nobody else spells them.
 * Names on the wire are those of the original platform (`api.md` 2, 3.8): clients raise an error on any unlisted
 * value, so nothing may be invented here that reaches a reply.
 */

/** `spec.state` as stored and answered; `CANCELED` is accepted on input and stored as `CANCELLED` (api.md 1.8). */
export const desiredStates = ['RUNNING', 'CANCELLED', 'SUSPENDED'] as const;
export type DesiredState = (typeof desiredStates)[number];

/** `status.state` of a Deployment (M10 to M15). */
export const deploymentStates = [
  'RUNNING',
  'SUSPENDED',
  'CANCELLED',
  'TRANSITIONING',
  'FAILED',
  'FINISHED',
] as const;
export type DeploymentStatusState = (typeof deploymentStates)[number];

export const upgradeStrategies = ['STATEFUL', 'STATELESS', 'NONE'] as const;
export type UpgradeStrategyKind = (typeof upgradeStrategies)[number];

export const restoreStrategies = ['LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE'] as const;
export type RestoreStrategyKind = (typeof restoreStrategies)[number];

/** `status.state` of a Job (api.md 3.8). STANDBY: its cluster is warm and waits for the old job to end. */
export const jobStates = [
  'STANDBY',
  'STARTING',
  'STARTED',
  'TERMINATING',
  'TERMINATED',
  'FAILED',
  'FINISHED',
] as const;
export type JobState = (typeof jobStates)[number];

/** States a Job record never leaves (S28). */
export const terminalJobStates: readonly JobState[] = ['TERMINATED', 'FAILED', 'FINISHED'];

export const savepointStates = ['STARTED', 'COMPLETED', 'FAILED'] as const;
export type SavepointState = (typeof savepointStates)[number];

export const savepointOrigins = [
  'USER_REQUEST',
  'SUSPEND',
  'SUSPEND_AND_UPGRADE',
  'COPIED',
  'RETAINED_CHECKPOINT',
] as const;
export type SavepointOrigin = (typeof savepointOrigins)[number];

/** Flink's own JobStatus, and UNKNOWN while its REST endpoint does not answer. */
export const flinkJobStates = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const;
export type FlinkJobState = (typeof flinkJobStates)[number];
export type ObservedFlinkJobState = FlinkJobState | 'UNKNOWN';

/** Globally terminal: such a job cannot come back by itself. `SUSPENDED` is only locally terminal, so it is not one. */
export const terminalFlinkJobStates: readonly ObservedFlinkJobState[] = [
  'FAILED',
  'CANCELED',
  'FINISHED',
];

/** The 40 event names since 1.x and the 10 added by 2.6.1 (api.md 2.4). */
export const eventNames = [
  'STATE_TRANSITION_IS_NEEDED',
  'FOUND_A_JOB_TO_TERMINATE',
  'FOUND_A_JOB_TO_WAIT_FOR_ITS_TERMINATION',
  'AWAITING_SAVEPOINT_COMPLETION_TO_TRANSITION_TO_SUSPENDED',
  'CREATING_A_SAVEPOINT_BEFORE_SUSPENSION',
  'FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION',
  'USING_AN_UPGRADE_STRATEGY',
  'CREATING_A_NEW_JOB',
  'FAILED_CREATING_A_NEW_JOB',
  'AWAITING_A_JOB_TO_START',
  'FOUND_A_STOPPED_JOB_AND_WILL_TERMINATE_IT',
  'STATE_TRANSITION_IS_COMPLETED',
  'TRANSITIONED_TO_FINISHED_STATE',
  'AWAITING_A_JOB_TO_TERMINATE',
  'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS',
  'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
  'SPINNING_UP_A_CLUSTER_FOR_A_JOB',
  'JOB_SUCCESSFULLY_STARTED',
  'JOB_SUCCESSFULLY_FINISHED',
  'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
  'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE',
  'AWAIT_FOR_A_CLUSTER_TO_TEARDOWN',
  'RESOURCE_QUOTA_EXCEEDED',
  'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_MISSING_JOB',
  'TRANSITIONING_TO_FAILED_STATE_BECAUSE_JOB_NOT_STARTED',
  'TRANSITIONING_TO_FAILED_STATE_BECAUSE_SAVEPOINT_FAILED_IN_FLINK',
  'TRANSITIONED_TO_COMPLETED',
  'AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE',
  'AN_UN_RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT',
  'RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT',
  'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT',
  'NEED_TO_TRIGGER_A_SAVEPOINT',
  'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT',
  'RECOVERABLE_FAILURE_WHILE_CHECKING_A_SAVEPOINT_STATUS',
  'FOUND_AN_OLD_JOB_AND_WILL_TERMINATE_IT',
  'COULD_NOT_FIND_A_JOB_TO_SUSPEND',
  'JOB_IS_NOT_CONFIGURED_WITH_SAVEPOINT_SUPPORT',
  'REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST',
  'GENERAL_FAILURE',
  'FAILED_TO_CREATE_CLUSTER_FOR_JOB',
  'SPINNING_UP_A_CLUSTER_FOR_A_SESSION_CLUSTER',
  'SESSION_CLUSTER_SUCCESSFULLY_STARTED',
  'TRIGGERED_SAVEPOINT_DELETION',
  'FAILED_TO_DELETE_SAVEPOINT',
  'SUCCESSFULLY_DELETED_SAVEPOINT',
  'MULTIPLE_NON_TERMINAL_JOBS',
  'SESSION_CLUSTER_SUCCESSFULLY_STOPPED',
  'FAILED_TO_STOP_SESSION_CLUSTER',
  'TERMINATING_A_SESSION_CLUSTER_DUE_TO_AN_UNRECOVERABLE_FAILURE',
  'EXTERNAL',
] as const;
export type EventName = (typeof eventNames)[number];

/** Prefix of the annotations the server owns (api.md 1.7); requests that carry them are ignored. */
export const serverAnnotationPrefix = 'com.dataartisans.appmanager.controller.';

/** `code` of an error reply (api.md 1.9). */
export const apiErrorCodes = [
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'RESOURCE_EXHAUSTED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

/** Stable codes of Sluice's own errors: in `ApplicationFailure.type`, `status.failure.reason`, error replies, logs. */
export const errorCodes = [
  'VALIDATION_FAILED',
  'DOCUMENT_TOO_LARGE',
  'DEPLOYMENT_NOT_FOUND',
  'NAME_TAKEN',
  'GENERATION_CONFLICT',
  'NOT_POSSIBLE_NOW',
  'TARGET_UNREACHABLE',
  'TARGET_NOT_FOUND',
  'NO_ROOM_ON_TARGET',
  'CLUSTER_START_FAILED',
  'UNKNOWN_FLINK_VERSION',
  'JDK_MISSING',
  'SETUP_INCOMPLETE',
  'DISK_FULL',
  'FENCED_OUT',
  'CLUSTER_NOT_RECORDED',
  'FLINK_UNREACHABLE',
  'FLINK_REPLY_INVALID',
  'FLINK_REQUEST_REFUSED',
  'FLINK_JOB_NOT_FOUND',
  'ARTIFACT_REFUSED',
  'ARTIFACT_NOT_FOUND',
  'ARTIFACT_UNAVAILABLE',
  'ARTIFACT_TOO_LARGE',
  'JOB_START_FAILED',
  'JOB_HAS_RUN',
  'RESTORE_MISMATCH',
  'CONFIGURATION_NOT_EFFECTIVE',
  'RESTORE_POINT_GONE',
  'RESTORE_POINT_UNCERTAIN',
  'SAVEPOINT_FAILED',
  'SAVEPOINT_NOT_CONFIGURED',
  'NO_ACTIVE_JOB',
  'INTERRUPTED',
  'DEPENDENCY_UNAVAILABLE',
  'JOB_FAILED',
  'STORAGE_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'TEMPORAL_UNAVAILABLE',
] as const;
export type ErrorCode = (typeof errorCodes)[number];
