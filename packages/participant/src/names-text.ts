/** Names of columns or classes that a message or a reply has at most. */
export const MOST_NAMES = 100;
const MOST_IN_TEXT = 5;

/** Names for a message: a few of them, quoted. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MOST_IN_TEXT).map((name) => `'${name.slice(0, 100)}'`);
  const more = names.length > MOST_IN_TEXT ? ` and ${names.length - MOST_IN_TEXT} more` : '';
  return shown.join(', ') + more;
}
