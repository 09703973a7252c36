// Counts the words that docs/contributing/writing.md replaces, by file. `--write` stores smaller counts as the new limits.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LIMITS = join(root, 'tools/checks/words-remaining.json');
/** Files that quote the words, or texts of others. */
const EXEMPT = /CHANGELOG|CODE_OF_CONDUCT|\/fixtures\/|docs\/contributing\/writing|tools\/checks\/words/;

const WORDS = [
  'told',
  'tells',
  '(?:goes|go|going) on',
  'nobody',
  'somebody',
  'whoever',
  'beside',
  'so many',
  'as many as',
  '(?:given|gives|give) up',
  'under way',
  'lets? go',
  'anew',
  'heeds?',
  'made-up',
  'sent home',
];
const pattern = new RegExp(`\\b(?:${WORDS.join('|')})\\b`, 'gi');

/** Replaced words in a text, in order. @param {string} text */
export function wordsIn(text) {
  return [...text.matchAll(pattern)].map(([word]) => word);
}

/** Number of replaced words by file, of the files that hold any. @returns {Record<string, number>} */
export function countWords() {
  const files = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.mjs'], { cwd: root, encoding: 'utf8' });
  /** @type {Record<string, number>} */
  const counts = {};
  for (const file of files
    .split('\n')
    .filter((name) => name !== '' && !EXEMPT.test(name) && existsSync(join(root, name)))) {
    const count = wordsIn(readFileSync(join(root, file), 'utf8')).length;
    if (count > 0) counts[file] = count;
  }
  return counts;
}

/** Limits that are stored. @returns {Record<string, number>} */
export function limits() {
  return JSON.parse(readFileSync(LIMITS, 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const counts = countWords();
  const stored = limits();
  const grown = Object.entries(counts).filter(([file, count]) => count > (stored[file] ?? 0));
  for (const [file, count] of grown)
    console.log(`${file}: ${count} words to replace, at most ${stored[file] ?? 0}`);
  if (grown.length > 0) process.exitCode = 1;
  else if (process.argv.includes('--write')) writeFileSync(LIMITS, `${JSON.stringify(counts, null, 2)}\n`);
}
