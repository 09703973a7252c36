import { basename } from 'node:path';
import type { Response } from 'express';
import { lineage, runFolder, type FileStore, type RecordStore, type RunIds } from '@synergos/artifacts';
import { ApiError } from '../errors.js';
import type { RawRoute, Route } from '../route.js';
import { missing } from '../missing.js';

export const RUN_MODEL =
  '/ttp/train/collaborations/{collab_id}/projects/{project_id}/models/{expt_id}/{run_id}';
const PATH = `${RUN_MODEL}/artifacts`;

/** A run's files: global and local models as safetensors, loss histories as JSON, the manifest; and its ancestry. */
export function artifacts(records: RecordStore, files: FileStore): { routes: Route[]; raw: RawRoute[] } {
  return {
    routes: [
      {
        method: 'get',
        path: PATH,
        resource: 'artifacts',
        summary: "List a run's files.",
        handle: async ({ params }) => ({
          data: await files.list(runFolder(await trainedRun(records, params))),
        }),
      },
      {
        method: 'get',
        path: `${RUN_MODEL}/lineage`,
        resource: 'lineage',
        summary: 'The manifests of a model and of the models that it was trained from, itself first.',
        handle: async ({ params }) => ({ data: await lineage(files, await trainedRun(records, params)) }),
      },
    ],
    raw: [
      {
        method: 'get',
        path: `${PATH}/{name}`,
        resource: 'artifacts',
        summary: "Download one of a run's files; ranges are served.",
        serve: async (params, _request, response) => {
          const folder = runFolder(await trainedRun(records, params));
          const { name = '' } = params;
          const names = await files.list(folder);
          if (!names.includes(name))
            throw new ApiError(404, `there is no '${name}'; there are ${names.join(', ') || 'none'}`);
          await sendFile(response, files.locate(`${folder}/${name}`));
        },
      },
    ],
  };
}

/**
 * Answers with a file, or the ranges of it that were asked for. A browser saves it and runs nothing of it: it may come from
 * an archive from another party.
 */
export async function sendFile(response: Response, path: string): Promise<void> {
  response.attachment(basename(path));
  response.set({
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
  });
  await new Promise<void>((resolve, reject) => {
    response.sendFile(path, { dotfiles: 'allow' }, (error?: NodeJS.ErrnoException) => {
      const clientLeft = error?.code === 'ECONNABORTED' || error?.code === 'EPIPE';
      if (error && !clientLeft) reject(error);
      else resolve();
    });
  });
}

/** The run that a path names, which has a model. */
export async function trainedRun(
  records: RecordStore,
  params: Readonly<Record<string, string>>,
): Promise<RunIds> {
  const { collab_id = '', project_id = '', expt_id = '', run_id = '' } = params;
  const key = { collab_id, project_id, expt_id, run_id };
  if ((await records.get('Model', key)) === undefined) missing('Model', key);
  return { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
}
