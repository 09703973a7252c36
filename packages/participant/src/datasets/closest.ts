/** Largest number of edits that counts as a misspelling. */
const MOST_EDITS = 2;

/** Finds the known name that `name` most likely misspells; undefined if none is close. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  return known
    .map((candidate) => ({ candidate, edits: editDistance(plain(name), plain(candidate)) }))
    .filter(({ candidate, edits }) => edits <= MOST_EDITS && edits < candidate.length / 2)
    .sort((a, b) => a.edits - b.edits)[0]?.candidate;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MOST_EDITS) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [above, letter] of [...a].entries()) {
    const next = [above + 1];
    for (let at = 0; at < b.length; at++)
      next.push(Math.min(next[at]! + 1, row[at + 1]! + 1, row[at]! + (letter === b[at] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
