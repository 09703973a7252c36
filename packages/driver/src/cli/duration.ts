import { parseDuration } from '@synergos/contract';
import { InvalidArgumentError } from 'commander';

const MOST_DAYS = 1_000_000;

/** Parses `30d`, `12h`, `90min` or `45s` to seconds. */
export function durationSeconds(text: string): number {
  const seconds = (parseDuration(text) ?? 0) / 1000;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MOST_DAYS * 86_400)
    throw new InvalidArgumentError('expected a duration such as 45s, 90min, 12h or 30d.');
  return seconds;
}
