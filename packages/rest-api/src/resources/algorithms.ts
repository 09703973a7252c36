import type { RunChecks } from '@synergos/contract';
import { ApiError } from '../errors.js';
import type { Route } from '../route.js';

/** The algorithms that a run may name. */
export function algorithms({ algorithms: all }: RunChecks): Route[] {
  return [
    {
      method: 'get',
      path: '/ttp/algorithms',
      resource: 'algorithms',
      summary:
        'List the algorithms, built in and of plug-ins: name, source, summary, paper, own arguments as JSON schema.',
      handle: async () => ({
        data: all.map(({ name, source, summary, paper, arguments: own }) => ({
          name,
          source,
          summary,
          paper,
          arguments: own,
        })),
      }),
    },
    {
      method: 'get',
      path: '/ttp/algorithms/{algorithm}',
      resource: 'algorithms',
      summary: 'Read one algorithm, with the arguments common to all as JSON schema, with its defaults.',
      handle: async ({ params: { algorithm } }) => {
        const data = all.find(({ name }) => name === algorithm);
        if (data !== undefined) return { data };
        const names = all.map(({ name }) => name).join(', ');
        throw new ApiError(404, `there is no algorithm '${algorithm}'; there are ${names}`);
      },
    },
  ];
}
