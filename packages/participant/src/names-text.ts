/** Largest number of names of columns or classes in a reply. */
export const MOST_NAMES = 100;
const MOST_IN_TEXT = 5;

/** Quotes the first few names, for a message. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MOST_IN_TEXT).map((name) => `'${name.slice(0, 100)}'`);
  const more = names.length > MOST_IN_TEXT ? ` and ${names.length - MOST_IN_TEXT} more` : '';
  return shown.join(', ') + more;
}

/** Message about columns of the feature space that the data lacks. */
export function missingColumnsText(missing: readonly string[], unknown: readonly string[]): string {
  const others = unknown.length === 0 ? '' : `; the data has ${namesText(unknown)}, unknown to it`;
  return `the data lacks ${namesText(missing)} of the feature space${others}; restore the column, or align the project again and train`;
}
