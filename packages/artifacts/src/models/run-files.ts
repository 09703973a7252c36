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
  return ids.map(pathPart).join('/');
}

export const manifestFile = (ids: RunIds): string => `${runFolder(ids)}/manifest.json`;
export const globalModelFile = (ids: RunIds): string => `${runFolder(ids)}/global_model.safetensors`;
export const globalLossHistoryFile = (ids: RunIds): string => `${runFolder(ids)}/global_loss_history.json`;
export const localModelFile = (ids: RunIds, participant: string): string =>
  `${runFolder(ids)}/local_model_${pathPart(participant)}.safetensors`;
export const localLossHistoryFile = (ids: RunIds, participant: string): string =>
  `${runFolder(ids)}/local_loss_history_${pathPart(participant)}.json`;
export const plotFile = (ids: RunIds, name: string): string => `${runFolder(ids)}/plot_${pathPart(name)}.svg`;
export const checkpointFolder = (ids: RunIds): string => `${runFolder(ids)}/checkpoints`;

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
  `optimization_${pathPart(optimization)}_`;

/** An id as one part of a path: readable where it can be, another for every id, never a separator, `.`, `..` or nothing. */
export function pathPart(id: string): string {
  if (id === '') return '%';
  return encodeURIComponent(id)
    .replaceAll('*', '%2A')
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
}
