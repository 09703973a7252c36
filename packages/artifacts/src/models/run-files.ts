import { PREPROCESSING_FILE } from '@synergos/contract';
import { LONGEST_NAME_BYTES, pathPart } from '@synergos/contract/path-part';
import type { FileStore } from './file-store.js';

/** Where a run's files lie below the outputs directory. */
export interface RunIds {
  readonly collab: string;
  readonly project: string;
  readonly expt: string;
  readonly run: string;
}

export function runFolder({ collab, project, expt, run }: RunIds): string {
  return folderOf([collab, project, expt, run]);
}

/** The folder of a collaboration, project, experiment or run: all files of records below it lie in it. */
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

/** An optimization's file, beside the folders of the experiment's runs. */
export const optimizationFile = (ids: OptimizationIds, name: string): string =>
  `${folderOf([ids.collab, ids.project, ids.expt])}/${optimizationPrefix(ids)}${name}`;

/** Names of an optimization's files. */
export async function optimizationFiles(
  files: Pick<FileStore, 'list'>,
  ids: OptimizationIds,
): Promise<readonly string[]> {
  const prefix = optimizationPrefix(ids);
  const names = await files.list(folderOf([ids.collab, ids.project, ids.expt]));
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

const optimizationPrefix = ({ optimization }: OptimizationIds): string =>
  `optimization_${fileNamePart(optimization)}_`;

/** Whether a run has files of this name: the only ones that an archive may bring. */
export function isRunFile(name: string): boolean {
  return RUN_FILES.has(name) || RUN_FILE_OF.test(name);
}

/** Longest of what stands around an id in a file name: `local_model_` and `.safetensors`. */
const AROUND_ID_BYTES = 24;

function fileNamePart(id: string): string {
  return pathPart(id, LONGEST_NAME_BYTES - AROUND_ID_BYTES);
}
