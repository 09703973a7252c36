import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type { ModelFields, ProjectIds, RunIds } from '../types.js';
import type { JobsResource } from './jobs.js';
import { workResource } from './work.js';

/** A run, all runs of an experiment, or all of a project. */
export interface ModelTarget extends ProjectIds {
  readonly expt_id?: string;
  readonly run_id?: string;
  /** Align first where that has not been done; default true. */
  readonly auto_align?: boolean;
}

export function modelsResource(connection: Connection, jobs: JobsResource, models: string) {
  const artifacts = `${models}/{expt_id}/{run_id}/artifacts`;
  return {
    ...workResource<ModelTarget, RunIds, ModelTarget, ModelFields>(
      connection,
      jobs,
      `${models}/{expt_id?}/{run_id?}`,
    ),
    /** Names of the run's files: models as safetensors, loss histories as JSON. */
    async artifacts(ids: RunIds): Promise<readonly string[]> {
      return (await connection.call(fill(artifacts, { ...ids }).path)).data as readonly string[];
    },
    /** The bytes of one of the run's files. */
    download({
      signal,
      ...ids
    }: RunIds & { readonly name: string; readonly signal?: AbortSignal }): Promise<Uint8Array> {
      return connection.download(fill(`${artifacts}/{name}`, ids).path, signal);
    },
  };
}
