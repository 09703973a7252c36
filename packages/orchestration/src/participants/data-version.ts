import { DataChanged } from '../errors.js';

/** Throws `DataChanged` if a participant used other data than it was aligned with; older workers do not report it. */
export function requireVersion(aligned: string | undefined, used: string | undefined): void {
  if (aligned !== undefined && used !== undefined && aligned !== used)
    throw new DataChanged('its training data changed after the project was aligned');
}
