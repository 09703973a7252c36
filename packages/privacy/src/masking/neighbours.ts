import { createHash } from 'node:crypto';
import { requireSetting } from '../errors.js';

/** Up to this many participants, the graph is complete. */
const COMPLETE_UP_TO = 32;

/**
 * Number of neighbours for n participants: n − 1 up to 32 of them, then 2⌈log2 n⌉ divided by the share that stays.
 *
 * Bell et al.: "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead" (2020), eprint 2020/704.
 */
export function neighbourCount(participants: number, dropOutRate = 0): number {
  requireSetting(
    dropOutRate >= 0 && dropOutRate < 1,
    `the drop-out rate must lie in [0, 1), not ${dropOutRate}`,
  );
  if (participants <= COMPLETE_UP_TO) return participants - 1;
  const wanted = Math.ceil((2 * Math.ceil(Math.log2(participants))) / (1 - dropOutRate));
  // Half of them on either side of a ring.
  return Math.min(participants - 1, wanted + (wanted % 2));
}

/** The neighbours of each participant: a Harary graph on a ring whose order is a hash of the seed and the names. */
export function neighbourGraph(
  participants: readonly string[],
  count: number,
  seed: string,
): ReadonlyMap<string, readonly string[]> {
  const place = (name: string) =>
    createHash('sha256')
      .update(JSON.stringify([seed, name]))
      .digest('hex');
  const ring = participants
    .map((name) => ({ name, at: place(name) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ name }) => name);
  const size = ring.length;
  const reach = Math.min(Math.ceil(count / 2), Math.floor(size / 2));
  const graph = new Map<string, readonly string[]>();
  for (const [i, name] of ring.entries()) {
    const reached = Array.from(
      { length: 2 * reach + 1 },
      (_, k) => ring[(i + k - reach + size) % size] ?? name,
    );
    graph.set(name, [...new Set(reached)].filter((other) => other !== name).sort());
  }
  return graph;
}
