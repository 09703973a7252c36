import type { Route } from '../route.js';

/** The TTPs of a cluster. */
export function grids(list: () => readonly object[]): Route[] {
  return [
    {
      method: 'get',
      path: '/ttp/grids',
      resource: 'grids',
      summary:
        'List the TTPs of the cluster: their grids, whose workers are connected, which jobs each runs.',
      handle: async () => ({ data: list() }),
    },
  ];
}
