import type { Misfits } from '@synergos/rpc-core';
import { SpaceMismatch } from '../errors.js';
import { MOST_NAMES, missingColumnsText } from '../names-text.js';

/**
 * The misfits to report; nothing if all data fits. Columns in `lacks`, which the participant lacked when the model was
 * trained, are left out. Throws `SpaceMismatch` if others are missing.
 */
export function misfitsToReport(
  misfits: Misfits,
  lacks: readonly string[] | undefined,
): { misfits?: Misfits } {
  const missingColumns = misfits.missingColumns.filter((name) => lacks?.includes(name) !== true);
  if (lacks !== undefined && missingColumns.length > 0)
    throw new SpaceMismatch(missingColumnsText(missingColumns, misfits.unknownColumns));
  const { unknownColumns, newLevels, unknownLabels } = misfits;
  if (missingColumns.length + unknownColumns.length + Object.keys(newLevels).length + unknownLabels === 0)
    return {};
  return {
    misfits: {
      missingColumns: missingColumns.slice(0, MOST_NAMES),
      unknownColumns: unknownColumns.slice(0, MOST_NAMES),
      newLevels: Object.fromEntries(Object.entries(newLevels).slice(0, MOST_NAMES)),
      unknownLabels,
    },
  };
}
