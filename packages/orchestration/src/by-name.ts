/** Orders entries by name. Sums over participants use this order, not the order of arrival. */
export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
