/** Values of a curve, one per round; null if there is none. */
export type Curve = readonly (number | null)[];

/**
 * Returns at most about `most` positions of a curve, in order: the lowest and the highest value of each section, so
 * that no peak is lost, and the two ends. Nulls are left out.
 */
export function thinOut(curve: Curve, most: number): readonly number[] {
  const stretch = curve.length <= most ? 1 : Math.ceil(curve.length / Math.max(1, Math.floor(most / 2) - 1));
  const kept = new Set<number>();
  const keep = (index: number) => {
    if (index >= 0) kept.add(index);
  };
  keep(curve.findIndex((value) => value !== null));
  for (let start = 0; start < curve.length; start += stretch) {
    const end = Math.min(start + stretch, curve.length);
    let low = -1;
    let high = -1;
    for (let index = start; index < end; index++) {
      const value = curve[index] ?? null;
      if (value === null) continue;
      if (low < 0 || value < (curve[low] ?? 0)) low = index;
      if (high < 0 || value > (curve[high] ?? 0)) high = index;
    }
    keep(Math.min(low, high));
    keep(Math.max(low, high));
  }
  keep(curve.findLastIndex((value) => value !== null));
  return [...kept];
}
