/** Seven days: a worker that was away for days still finds how a job or a savepoint ended (reliability.md 3.1). */
const keepDays = 7;

/**
 * What Sluice sets in each Job's configuration, whatever the document says. Units differ: `jobstore.expiration-time` is
 * a bare number of seconds in 1.20.5 and 2.3.0 alike and refuses a unit; the other two are durations. Flink 2.3 keeps
 * ended jobs in a store of its own key, which older versions ignore. What a lost job left is looked for below the id that
 * Flink knows it by (flink.md 7): without that folder it would not be found, and an older state be taken (S3).
 */
export const fixedKeys: Readonly<Record<string, string>> = {
  'web.cancel.enable': 'false',
  'jobstore.expiration-time': String(keepDays * 24 * 60 * 60),
  'completed-application-store.expiration-time': `${keepDays} d`,
  'rest.async.store-duration': `${keepDays} d`,
  // The second is the only one that 1.19 and older read.
  'execution.checkpointing.create-subdir': 'true',
  'state.checkpoints.create-subdir': 'true',
};
