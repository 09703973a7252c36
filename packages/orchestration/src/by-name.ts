/** Orders entries by their names: sums over participants are taken in this order, whoever answered first. */
export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
