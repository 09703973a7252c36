/** Whether the text contains it as a separate word. */
export function holds(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word.replaceAll('.', '\\.')}(?!\\w)`).test(text);
}
