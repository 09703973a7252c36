import type { RawRoute, Route } from './route.js';

/**
 * Orders routes so that Express, which takes the first match, finds the most specific one: of two paths that differ first
 * in a segment, a literal (`optimizations`) precedes a parameter (`{run_id}`).
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
