import type { RecordStore } from '@synergos/artifacts';
import { ApiError } from '../errors.js';
import type { Route } from '../route.js';
import { missing } from '../missing.js';

const PATH = '/ttp/train/collaborations/{collab_id}/projects/{project_id}/models/{expt_id}/optimizations';

/** Search for hyperparameters: a TTP that cannot do it says so. */
export function optimizations(records: RecordStore): Route[] {
  const route = (method: 'get' | 'post', summary: string): Route => ({
    method,
    path: PATH,
    resource: 'optimizations',
    summary,
    handle: async ({ params }) => {
      if ((await records.get('Experiment', params)) === undefined) missing('Experiment', params);
      throw new ApiError(
        501,
        'this TTP does not search for hyperparameters; create the runs to compare (…/runs) and train them ' +
          'with one call, POST …/models/<expt_id>',
      );
    },
  });
  return [
    route('post', 'Search for the best hyperparameters of an experiment. Not served by this TTP: 501.'),
    route('get', 'Read the trials of a search. Not served by this TTP: 501.'),
  ];
}
