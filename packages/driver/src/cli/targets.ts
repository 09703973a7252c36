import { WrongUse } from './failures.js';
import { nounOf, type GivenIds, type IdName } from './ids.js';

/** Refuses an inner id without its outer id: the job would include everything below the outermost id. */
export function refuseGaps(optional: readonly IdName[], ids: GivenIds): void {
  const missing = optional.find((name) => ids[name] === undefined);
  const beyond = optional.slice(missing === undefined ? optional.length : optional.indexOf(missing));
  const given = beyond.find((name) => ids[name] !== undefined);
  if (missing !== undefined && given !== undefined)
    throw new WrongUse(
      `the ${nounOf(given)} is given without the ${nounOf(missing)}; give the ${nounOf(missing)} too`,
    );
}
