import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type { Algorithm, AlgorithmDetails } from '../types.js';

export interface AlgorithmIds {
  /** Name of the algorithm, such as `FedProx`. */
  readonly algorithm: string;
}

const COLLECTION = '/ttp/algorithms';

export function algorithmsResource(connection: Connection) {
  return {
    /** Lists the algorithms that a run may name: built-in ones and those of plug-ins. */
    async readAll(): Promise<readonly Algorithm[]> {
      return (await connection.call(COLLECTION)).data as readonly Algorithm[];
    },
    /** Reads one algorithm, with the arguments that all algorithms have. */
    async read({ algorithm }: AlgorithmIds): Promise<AlgorithmDetails> {
      const { path } = fill(`${COLLECTION}/{algorithm}`, { algorithm });
      return (await connection.call(path)).data as AlgorithmDetails;
    },
  };
}
