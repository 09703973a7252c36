import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { recordRoutes } from './record-routes.js';

const port = z.number().int().min(0).max(65_535);
const ports = (...names: readonly string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, port.nullish()])));
const component = (...names: readonly string[]) =>
  z
    .object({
      host: z.string().max(500).nullish(),
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

export function collaborations(records: RecordStore, remove: Remove): Route[] {
  return recordRoutes(records, remove, {
    kind: 'Collaboration',
    resource: 'collaborations',
    collection: '/ttp/connect/collaborations',
    id: 'collab_id',
    fields,
  });
}
