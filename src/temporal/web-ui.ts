import { deploymentWorkflowId } from '../../workflows/messages.ts';
import type { DeploymentAddress } from './deployment-commands.ts';

/** Where people look at workflows. */
export interface TemporalUi {
  /** `http://127.0.0.1:8233`, without a slash at its end. */
  url: string;
  /** Namespace in Temporal. */
  namespace: string;
}

/** Id of the workflow that is the Deployment. */
export const workflowIdOf = ({ namespace, id }: DeploymentAddress): string =>
  deploymentWorkflowId(namespace, id);

/** Page of the latest run of a workflow. Ids hold slashes, which the page wants encoded. */
export const workflowPage = ({ url, namespace }: TemporalUi, workflowId: string): string =>
  `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
