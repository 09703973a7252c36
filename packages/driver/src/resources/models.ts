import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type { ModelFields, ModelManifest, ProjectIds, RecordOf, RunIds } from '../types.js';
import { artifactsResource } from './artifacts.js';
import type { JobsResource } from './jobs.js';
import { workResource } from './work.js';

/** A run, all runs of an experiment, or all runs of a project. */
export interface ModelTarget extends ProjectIds {
  readonly expt_id?: string;
  readonly run_id?: string;
  /** Aligns the project first if it is not aligned. @defaultValue true */
  readonly auto_align?: boolean;
}

export function modelsResource(connection: Connection, jobs: JobsResource, models: string) {
  return {
    ...workResource<ModelTarget, RunIds, ModelTarget, ModelFields>(
      connection,
      jobs,
      `${models}/{expt_id?}/{run_id?}`,
    ),
    /** Files of a run: models as safetensors, loss histories as JSON. */
    ...artifactsResource<RunIds>(connection, `${models}/{expt_id}/{run_id}/artifacts`),
    /** Reads the manifests of a model and of the models that it was trained from, itself first. */
    async lineage(ids: RunIds): Promise<readonly ModelManifest[]> {
      const { path } = fill(`${models}/{expt_id}/{run_id}/lineage`, { ...ids });
      return (await connection.call(path)).data as readonly ModelManifest[];
    },
    /** Downloads a run with its model as a stream of one tar archive. */
    async exportArchive({
      signal,
      ...ids
    }: RunIds & { readonly signal?: AbortSignal }): Promise<ReadableStream<Uint8Array>> {
      const { path } = fill(`${models}/{expt_id}/{run_id}/archive`, { ...ids });
      const { body } = await connection.send(path, { signal });
      return body ?? new Blob([]).stream();
    },
    /** Imports the archive of a run into a project, with its own ids. Resolves with its Model record. */
    async importArchive({
      archive,
      signal,
      ...ids
    }: ProjectIds & {
      readonly archive: ReadableStream<Uint8Array>;
      readonly signal?: AbortSignal;
    }): Promise<RecordOf<ModelFields>> {
      const { path } = fill(models.replace(/models$/, 'archives'), { ...ids });
      const headers = { 'content-type': 'application/x-tar' };
      const { data } = await connection.upload(path, archive, headers, signal);
      return (data as readonly RecordOf<ModelFields>[])[0] as RecordOf<ModelFields>;
    },
  };
}
