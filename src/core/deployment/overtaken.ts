import type { DeploymentState } from './state.ts';

/** A newer wish was accepted since the step under way began: it may be cut short, and how it fails is not what counts. */
export const isOvertaken = ({ inFlight, wish }: DeploymentState): boolean =>
  inFlight !== undefined && inFlight.wish !== wish;
