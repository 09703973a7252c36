import type { Connection } from '../connection.js';
import { fill, type Ids } from '../paths.js';

/** Calls for the files of a run or an optimization. */
export interface ArtifactsResource<OwnerIds> {
  /** Lists the names of the files. */
  artifacts(ids: OwnerIds): Promise<readonly string[]>;
  /** Downloads a file. */
  download(target: OwnerIds & { readonly name: string; readonly signal?: AbortSignal }): Promise<Uint8Array>;
}

/** Creates the calls for the files at the path `collection`. */
export function artifactsResource<OwnerIds extends object>(
  connection: Connection,
  collection: string,
): ArtifactsResource<OwnerIds> {
  return {
    async artifacts(ids) {
      return (await connection.call(fill(collection, ids as Ids).path)).data as readonly string[];
    },
    download({ signal, ...ids }) {
      return connection.download(fill(`${collection}/{name}`, ids).path, signal);
    },
  };
}
