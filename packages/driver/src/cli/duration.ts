import { InvalidArgumentError } from 'commander';

const SECONDS = { s: 1, min: 60, h: 3600, d: 86_400 } as const;

/** Parses `30d`, `12h`, `90min` or `45s` to seconds. */
export function durationSeconds(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,8})(s|min|h|d)$/.exec(text) ?? [];
  if (count === undefined)
    throw new InvalidArgumentError('expected a duration such as 45s, 90min, 12h or 30d.');
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
