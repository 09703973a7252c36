import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type { Algorithm, AlgorithmDetails } from '../types.js';

export interface AlgorithmIds {
  /** Its name, such as `FedProx`. */
  readonly algorithm: string;
}

const COLLECTION = '/ttp/algorithms';

export function algorithmsResource(connection: Connection) {
  return {
    /** What a run may name as its algorithm, built in and of plug-ins. */
    async readAll(): Promise<readonly Algorithm[]> {
      return (await connection.call(COLLECTION)).data as readonly Algorithm[];
    },
    /** One of them, with the arguments common to all. */
    async read({ algorithm }: AlgorithmIds): Promise<AlgorithmDetails> {
      const { path } = fill(`${COLLECTION}/{algorithm}`, { algorithm });
      return (await connection.call(path)).data as AlgorithmDetails;
    },
  };
}
