import { resolve } from 'node:path';
import { z } from 'zod';
import { InvalidMlops } from '../errors.js';
import type { RecordStore } from '../records/record-store.js';
import type { Destination } from './lane.js';
import { createMlflowFolder } from './mlflow-folder.js';
import { createMlflowServer } from './mlflow-server.js';

const DEFAULT_PORT = 5000;

const bodySchema = z.object({
  mlops: z
    .object({
      host: z.string().nullish(),
      ports: z.object({ main: z.number().nullish() }).nullish(),
      secure: z.boolean().nullish(),
    })
    .nullish(),
});

export interface DestinationOptions {
  readonly records: Pick<RecordStore, 'get'>;
  /** For collaborations without a server: MLflow's layout of files below this directory. */
  readonly directory: string;
  /** Header that servers are shown. */
  readonly authorization?: string | undefined;
}

/**
 * Where a collaboration's runs are shown: the server that its record's `mlops` names, else files; undefined where there
 * is no such collaboration. Rejects with `InvalidMlops` where the host is none.
 */
export function createDestinations({ records, directory, authorization }: DestinationOptions) {
  const folder: Destination = { name: resolve(directory), tracker: createMlflowFolder(directory) };
  const servers = new Map<string, Destination>();

  return async (collab: string): Promise<Destination | undefined> => {
    const record = await records.get('Collaboration', { collab_id: collab });
    if (record === undefined) return undefined;
    const { mlops } = bodySchema.parse(record.body);
    if (mlops?.host == null || mlops.host === '') return folder;
    const { host, ports, secure } = mlops;
    const url = urlOf(host, ports?.main ?? DEFAULT_PORT, secure === true);
    const server = servers.get(url) ?? {
      name: url,
      tracker: createMlflowServer({ url, authorization }),
    };
    servers.set(url, server);
    return server;
  };
}

function urlOf(host: string, port: number, secure: boolean): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const text = `${secure ? 'https' : 'http'}://${name}:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  )
    throw new InvalidMlops(host);
  return url.origin;
}
