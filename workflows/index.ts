/** What the worker registers: the Deployment and its steps. */
export { deployment } from './deployment.ts';
export { prepareCluster } from './prepare-cluster.ts';
export { startJob } from './start-job.ts';
export { stopJob } from './stop-job.ts';
export { takeSavepoint } from './take-savepoint.ts';
export { userSavepoint } from './user-savepoint.ts';
