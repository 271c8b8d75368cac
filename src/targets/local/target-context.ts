import { ClusterFolder } from './cluster-folder.ts';
import type { ClusterHandle } from './look.ts';
import type { LocalTargetSettings } from './options.ts';
import type { ExitNotes } from './start-process.ts';

/** What the operations of one target share. */
export interface LocalTarget {
  settings: LocalTargetSettings;
  notes: ExitNotes;
}

/** A cluster of this installation, made or not. */
export const clusterIn = (
  { owner, dataDirectory }: LocalTargetSettings,
  clusterId: string,
): ClusterHandle => ({ owner, clusterId, folder: new ClusterFolder(dataDirectory, clusterId) });
