import type { RawRoute, Route } from './route.js';

/**
 * Orders routes for Express, which takes the first match, so that the most specific one is found: if two paths differ
 * first in a segment, a literal (`optimizations`) precedes a parameter (`{run_id}`).
 */
export function bySpecificity(a: Pick<Route | RawRoute, 'path'>, b: Pick<Route | RawRoute, 'path'>): number {
  const [as, bs] = [a.path.split('/'), b.path.split('/')];
  for (let i = 0; i < Math.min(as.length, bs.length); i++) {
    const difference = Number(isParameter(as[i]!)) - Number(isParameter(bs[i]!));
    if (difference !== 0) return difference;
  }
  return as.length - bs.length;
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}
