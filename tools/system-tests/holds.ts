/** Whether the text holds it as a word of its own. */
export function holds(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word.replaceAll('.', '\\.')}(?!\\w)`).test(text);
}
