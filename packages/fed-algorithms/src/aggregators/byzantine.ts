import { z } from 'zod';
import { MOST, withDefault } from '../arguments/types.js';
import { refuse } from '../errors.js';

/** The argument of the rules that assume a number of malicious participants. */
export const byzantine = withDefault(
  z.number().int().nonnegative().max(MOST),
  0,
  'number of participants that may be malicious; multi-krum and bulyan need at least 1',
);

/** Refuses a run whose rule would withstand no malicious participant. */
export function requireByzantine(name: string, args: { readonly byzantine: number }): void {
  if (args.byzantine === 0)
    refuse(
      'byzantine',
      `${name} with byzantine 0 protects from nothing: expected how many participants may be malicious, at least 1`,
    );
}
