import { z } from 'zod';
import { mlflowServerOf, MlopsNotAllowed, type AllowsServer, type RecordStore } from '@synergos/artifacts';
import { hostSchema } from '@synergos/contract';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { recordRoutes } from './record-routes.js';

const port = z.number().int().min(0).max(65_535);
const ports = (...names: readonly string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, port.nullish()])));
/** An empty string means no address: forms send it. */
const HOST_EXPECTED = 'expected a host name or an IP address, without scheme, port, path or user';
const component = (...names: readonly string[]) =>
  z
    .object({
      host: z.union([z.literal(''), hostSchema], { error: HOST_EXPECTED }).nullish(),
      ports: ports(...names).nullish(),
      secure: z.boolean().nullish(),
    })
    .nullish();

export const fields = z.object({
  catalogue: component('main', 'ui'),
  meter: component('main', 'ui'),
  mlops: component('main', 'ui'),
  mq: component('main', 'ui'),
  logs: component('main', 'ui', 'sysmetrics', 'director', 'ttp', 'worker'),
});

export function collaborations(
  records: RecordStore,
  remove: Remove,
  /** The MLflow servers that `mlops` may name. */
  allows: AllowsServer = () => true,
): Route[] {
  return recordRoutes(records, remove, {
    kind: 'Collaboration',
    resource: 'collaborations',
    collection: '/ttp/connect/collaborations',
    id: 'collab_id',
    fields,
    // `{}` removes a component, as Synergos' portal does; undefined fields are not stored.
    prepare: (given) => {
      const body = Object.fromEntries(
        Object.entries(given).map(([name, component]) => [name, isEmpty(component) ? undefined : component]),
      );
      const server = mlflowServerOf(body);
      if (server !== undefined && !allows(server)) throw new MlopsNotAllowed(server);
      return { body };
    },
  });
}

function isEmpty(component: unknown): boolean {
  return typeof component === 'object' && component !== null && Object.keys(component).length === 0;
}
