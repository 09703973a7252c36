import { checkBounds, type Bounds } from './bounds.js';

/**
 * Adds or takes away upper − lower until the value lies in [lower, upper). The sum of values wrapped so, wrapped again, is
 * the wrapped sum of the values themselves: who adds masks that cancel, uniform over the range, hides each value and not
 * the sum. Exact for integers up to 2^53. Throws as `checkBounds`.
 * Bonawitz et al.: Practical Secure Aggregation for Privacy-Preserving Machine Learning (2017); the wrap is that of
 * Kairouz, Liu & Steinke: The Distributed Discrete Gaussian Mechanism (2021).
 */
export function modularClip(value: number, bounds: Bounds): number {
  checkBounds(bounds);
  const { lower, upper } = bounds;
  const width = upper - lower;
  const above = (value - lower) % width;
  return lower + (above < 0 ? above + width : above);
}
