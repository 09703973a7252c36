/** Puts the smaller of two values at `low`, the larger at `high`; what is not needed any more is not made. */
export interface Exchange {
  readonly low: number;
  readonly high: number;
  readonly keeps: 'both' | 'low' | 'high';
}

/**
 * Compare-exchanges, in order, after which positions [from, to) hold the values of these ranks; among themselves they are in
 * order only where `ordered`. Batcher's odd-even merge sort without what does not matter to them.
 * Batcher: Sorting Networks and their Applications (1968).
 */
export function selectionNetwork(
  count: number,
  from: number,
  to: number,
  ordered: boolean,
): readonly Exchange[] {
  // What becomes of each position after the exchanges still to come: a class of ranks within which order is
  // indifferent, or a position of its own.
  const needed = Array.from({ length: count }, (_, rank): string | number =>
    rank < from || rank >= to ? 'dropped' : ordered ? rank : 'kept',
  );
  const network: Exchange[] = [];
  for (const [low, high] of mergeSort(count).toReversed()) {
    if (needed[low] === needed[high]) continue;
    const keeps = needed[low] === 'dropped' ? 'high' : needed[high] === 'dropped' ? 'low' : 'both';
    network.push({ low, high, keeps });
    needed[low] = low;
    needed[high] = high;
  }
  return network.toReversed();
}

/** Pairs of positions that sort any `count` values. */
function mergeSort(count: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let merged = 1; merged < count; merged *= 2)
    for (let apart = merged; apart >= 1; apart /= 2)
      for (let start = apart % merged; start + apart < count; start += 2 * apart)
        for (let low = start; low < Math.min(start + apart, count - apart); low++)
          if (Math.floor(low / (2 * merged)) === Math.floor((low + apart) / (2 * merged)))
            pairs.push([low, low + apart]);
  return pairs;
}
