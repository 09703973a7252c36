import { basename } from 'node:path';
import {
  checkFile,
  lineage,
  manifestFile,
  readManifest,
  runFiles,
  runFolder,
  type ArtifactStore,
  type RecordStore,
  type RunIds,
} from '@synergos/artifacts';
import { ApiError } from '../errors.js';
import type { RawRoute, Route } from '../route.js';
import { missing } from '../missing.js';
import { sendArtifact } from './send-artifact.js';

export const RUN_MODEL =
  '/ttp/train/collaborations/{collab_id}/projects/{project_id}/models/{expt_id}/{run_id}';
const PATH = `${RUN_MODEL}/artifacts`;

/** A run's files: global and local models as safetensors, loss histories as JSON, the manifest; and its ancestry. */
export function artifacts(records: RecordStore, store: ArtifactStore): (Route | RawRoute)[] {
  return [
    {
      method: 'get',
      path: PATH,
      resource: 'artifacts',
      summary: "List a run's files.",
      handle: async ({ params }) => ({
        data: await runFiles(store, await trainedRun(records, params)),
      }),
    },
    {
      method: 'get',
      path: `${RUN_MODEL}/lineage`,
      resource: 'lineage',
      summary: 'The manifests of a model and of the models that it was trained from, itself first.',
      handle: async ({ params }) => ({ data: await lineage(store, await trainedRun(records, params)) }),
    },
    {
      method: 'get',
      path: `${PATH}/{name}`,
      resource: 'artifacts',
      summary: "Download one of a run's files; ranges are served.",
      serve: async (params, request, response) => {
        const ids = await trainedRun(records, params);
        const { name = '' } = params;
        const names = await runFiles(store, ids);
        if (!names.includes(name))
          throw new ApiError(404, `there is no '${name}'; there are ${names.join(', ') || 'none'}`);
        const key = `${runFolder(ids)}/${name}`;
        await sendArtifact(request, response, store, key, () => requireUndamaged(store, ids, name));
      },
    },
  ];
}

/** Throws `RunDamaged` if a file of the run differs from its manifest; the manifest itself is always served. */
async function requireUndamaged(store: ArtifactStore, ids: RunIds, name: string): Promise<void> {
  if (name === basename(manifestFile(ids))) return;
  const manifest = await readManifest(store, ids);
  if (manifest?.files[name] !== undefined) await checkFile(store, { ...manifest, run: ids }, name);
}

/** The run of a path; it must have a model. */
export async function trainedRun(
  records: RecordStore,
  params: Readonly<Record<string, string>>,
): Promise<RunIds> {
  const { collab_id = '', project_id = '', expt_id = '', run_id = '' } = params;
  const key = { collab_id, project_id, expt_id, run_id };
  if ((await records.get('Model', key)) === undefined) missing('Model', key);
  return { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
}
