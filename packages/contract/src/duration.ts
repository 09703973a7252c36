const SECONDS = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const PART = /(\d{1,9}(?:\.\d{1,9})?)\s*(min|[smhdw])/gi;

/**
 * Parses a duration such as `45s`, `90min` or `1h 30m` to milliseconds. Units: s, m or min, h, d, w. Returns `undefined` for
 * any other text.
 */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || text.replaceAll(PART, '').trim() !== '') return undefined;
  const seconds = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * SECONDS[unit.toLowerCase() as keyof typeof SECONDS],
    0,
  );
  return seconds * 1000;
}
