import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportRun, importRun, type RecordStore, type Storage } from '@synergos/artifacts';
import type { RunChecks } from '@synergos/contract';
import { ApiError } from '../errors.js';
import { presentOne } from '../records.js';
import type { RawRoute } from '../route.js';
import { RUN_MODEL, trainedRun } from './artifacts.js';

const TAR = 'application/x-tar';

/** Exports a trained run as one archive, and imports it into a project. */
export function archives(records: RecordStore, storage: Storage, checks: RunChecks): RawRoute[] {
  return [
    {
      method: 'get',
      path: `${RUN_MODEL}/archive`,
      resource: 'archives',
      summary: 'Download a trained run as one tar archive: records, manifest, models, histories.',
      serve: async (params, _request, response) => {
        const ids = await trainedRun(records, params);
        const archive = await exportRun(records, storage.artifacts, ids);
        response.type(TAR).attachment(`${ids.expt}-${ids.run}.tar`);
        await pipeline(archive, response).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
        });
      },
    },
    {
      method: 'post',
      path: '/ttp/train/collaborations/{collab_id}/projects/{project_id}/archives',
      resource: 'archives',
      summary: `Import a run's archive (${TAR}) into a project: its experiment if it is not there, its run, its model.`,
      serve: async (params, request, _response, answer) => {
        const { collab_id = '', project_id = '' } = params;
        const type = request.headers['content-type'];
        if (type?.split(';')[0]?.trim() !== TAR)
          throw new ApiError(415, `expected a body of type ${TAR}, got ${type ?? 'none'}`);
        const archive = Readable.toWeb(request) as ReadableStream<Uint8Array>;
        const model = await importRun(records, storage, checks, { collab_id, project_id }, archive);
        answer({ status: 201, data: [await presentOne(records, model)] });
      },
    },
  ];
}
