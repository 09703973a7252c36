import { AlignmentImpossible } from '../../errors.js';
import type { Agreement } from './agreement.js';
import { tabular } from './tabular.js';
import { vector } from './vector.js';

/** The data types that the TTP aligns. Register another one here, and its `Pipeline` in `@synergos/participant`. */
const agreements: readonly Agreement[] = [tabular, vector];

/** Agreements by data type. */
export const agreementRegistry: ReadonlyMap<string, Agreement> = new Map(
  agreements.map((agreement) => [agreement.datatype, agreement]),
);

/** The agreement for a data type. Throws `AlignmentImpossible` if the TTP has none; `owner` is named as having such data. */
export function agreementFor(datatype: string, owner: string): Agreement {
  const agreement = agreementRegistry.get(datatype);
  if (agreement !== undefined) return agreement;
  throw new AlignmentImpossible(
    `${owner} has ${datatype} data, which this TTP cannot align; it aligns ${[...agreementRegistry.keys()].join(', ')}`,
  );
}
