/** Replaces control characters in text from the TTP: a terminal would interpret them. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '�');
}

/** Formats the value of a field. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return printable(value);
  if (isFlat(value)) return value.map(valueText).join(', ') || '–';
  // Tags: lists of folder names.
  if (Array.isArray(value) && value.every(isFlat))
    return value.map((tag) => printable(tag.join('/'))).join(', ');
  return printable(JSON.stringify(value));
}

function isFlat(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((one) => typeof one !== 'object' || one === null);
}

export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
