const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const PART = /(\d+(?:\.\d+)?)\s*([smhdw])/gi;

/** `1h 30m` in milliseconds; undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || text.replaceAll(PART, '').trim() !== '') return undefined;
  const seconds = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * SECONDS[unit.toLowerCase() as keyof typeof SECONDS],
    0,
  );
  return seconds * 1000;
}
