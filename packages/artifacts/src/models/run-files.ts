import { PREPROCESSING_FILE } from '@synergos/contract';
import { LONGEST_NAME_BYTES, pathPart } from '@synergos/contract/path-part';
import type { ArtifactStore } from '../stores/artifact-store.js';
import { namesIn } from '../stores/names.js';

/** Ids of a run; they are the folder of its artifacts. */
export interface RunIds {
  readonly collab: string;
  readonly project: string;
  readonly expt: string;
  readonly run: string;
}

export function runFolder({ collab, project, expt, run }: RunIds): string {
  return folderOf([collab, project, expt, run]);
}

/** Folder of a collaboration, project, experiment or run. It contains the folders of all records below it. */
export function folderOf(ids: readonly string[]): string {
  return ids.map((id) => pathPart(id)).join('/');
}

export const manifestFile = (ids: RunIds): string => `${runFolder(ids)}/manifest.json`;
export const preprocessingFile = (ids: RunIds): string => `${runFolder(ids)}/${PREPROCESSING_FILE}`;
export const globalModelFile = (ids: RunIds): string => `${runFolder(ids)}/global_model.safetensors`;
export const globalLossHistoryFile = (ids: RunIds): string => `${runFolder(ids)}/global_loss_history.json`;
export const localModelFile = (ids: RunIds, participant: string): string =>
  `${runFolder(ids)}/local_model_${fileNamePart(participant)}.safetensors`;
export const localLossHistoryFile = (ids: RunIds, participant: string): string =>
  `${runFolder(ids)}/local_loss_history_${fileNamePart(participant)}.json`;
export const plotFile = (ids: RunIds, name: string): string =>
  `${runFolder(ids)}/plot_${fileNamePart(name)}.svg`;
export const checkpointFolder = (ids: RunIds): string => `${runFolder(ids)}/checkpoints`;

const RUN_FILES: ReadonlySet<string> = new Set([
  PREPROCESSING_FILE,
  'global_model.safetensors',
  'global_loss_history.json',
]);
const RUN_FILE_OF = /^(?:local_model_.+\.safetensors|local_loss_history_.+\.json|plot_[a-z]+\.svg)$/;

export interface OptimizationIds extends Omit<RunIds, 'run'> {
  readonly optimization: string;
}

/** A file of an optimization, next to the folders of the experiment's runs. */
export const optimizationFile = (ids: OptimizationIds, name: string): string =>
  `${folderOf([ids.collab, ids.project, ids.expt])}/${optimizationPrefix(ids)}${name}`;

/** Names of an optimization's files, sorted. */
export async function optimizationFiles(
  store: Pick<ArtifactStore, 'list'>,
  ids: OptimizationIds,
): Promise<readonly string[]> {
  const prefix = optimizationFile(ids, '');
  const names: string[] = [];
  for await (const { key } of store.list(prefix)) {
    const name = key.slice(prefix.length);
    // A run may have an id that starts likewise.
    if (!name.includes('/')) names.push(name);
  }
  return names.sort();
}

/** Names of a run's files, sorted. */
export const runFiles = (store: Pick<ArtifactStore, 'list'>, ids: RunIds): Promise<readonly string[]> =>
  namesIn(store, runFolder(ids));

const optimizationPrefix = ({ optimization }: OptimizationIds): string =>
  `optimization_${fileNamePart(optimization)}_`;

/** Whether a run can have a file of this name. An archive may contain no others. */
export function isRunFile(name: string): boolean {
  return RUN_FILES.has(name) || RUN_FILE_OF.test(name);
}

/** Longest prefix and suffix around an id in a file name: `local_model_` and `.safetensors`. */
const AROUND_ID_BYTES = 24;

function fileNamePart(id: string): string {
  return pathPart(id, LONGEST_NAME_BYTES - AROUND_ID_BYTES);
}
