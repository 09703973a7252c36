import { resolve } from 'node:path';
import { hostInUrl, hostSchema } from '@synergos/contract';
import { z } from 'zod';
import { InvalidMlops, MlopsNotAllowed } from '../errors.js';
import type { RecordBody, RecordStore } from '../records/record-store.js';
import type { Destination } from './channel.js';
import { createMlflowFolder } from './mlflow-folder.js';
import type { AllowsServer } from './mlflow-hosts.js';
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
  /** Directory of MLflow's file layout, for collaborations without a server. */
  readonly directory: string;
  /** The allowed MLflow servers. Default: all. */
  readonly allows?: AllowsServer | undefined;
  /** Header for the servers that `allows` names; without `allows` no server receives it. */
  readonly authorization?: string | undefined;
}

/**
 * Destination of a collaboration's runs: the server that its record's `mlops` names, otherwise files; undefined if
 * there is no such collaboration. Rejects with `InvalidMlops` if the host is not valid, and with `MlopsNotAllowed`.
 */
export function createDestinations({ records, directory, allows, authorization }: DestinationOptions) {
  const folder: Destination = { name: resolve(directory), tracker: createMlflowFolder(directory) };
  const servers = new Map<string, Destination>();

  return async (collab: string): Promise<Destination | undefined> => {
    const record = await records.get('Collaboration', { collab_id: collab });
    if (record === undefined) return undefined;
    const url = mlflowServerOf(record.body);
    if (url === undefined) return folder;
    if (allows?.(url) === false) throw new MlopsNotAllowed(url);
    const server = servers.get(url) ?? {
      name: url,
      // Without a list, a collaboration could name any host, which would then receive the TTP's credentials.
      tracker: createMlflowServer({ url, ...(allows !== undefined && { authorization }) }),
    };
    servers.set(url, server);
    return server;
  };
}

/** Origin of the MLflow server that a collaboration's record names; undefined without one. Throws `InvalidMlops`. */
export function mlflowServerOf(body: RecordBody): string | undefined {
  const { mlops } = bodySchema.parse(body);
  if (mlops?.host == null || mlops.host === '') return undefined;
  const { host, ports, secure } = mlops;
  const text = `${secure === true ? 'https' : 'http'}://${hostInUrl(host)}:${ports?.main ?? DEFAULT_PORT}`;
  if (!hostSchema.safeParse(host).success || !URL.canParse(text)) throw new InvalidMlops(host);
  return new URL(text).origin;
}
