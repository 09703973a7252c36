/** As in scikit-learn, but R2 is null, not 0 or 1, for a constant target or fewer than two samples. */
export function regressionStatistics(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
): { R2: number | null; MSE: number | null; MAE: number | null } {
  const n = targets.length;
  if (n === 0) return { R2: null, MSE: null, MAE: null };
  let mean = 0;
  for (let i = 0; i < n; i++) mean += targets[i]! / n;
  let [squared, absolute, total] = [0, 0, 0];
  // Not `total === 0`: the mean of equal values may miss them by a rounding.
  let isConstant = true;
  for (let i = 0; i < n; i++) {
    const error = predictions[i]! - targets[i]!;
    squared += error * error;
    absolute += Math.abs(error);
    isConstant &&= targets[i] === targets[0];
    total += (targets[i]! - mean) ** 2;
  }
  return { R2: n < 2 || isConstant ? null : 1 - squared / total, MSE: squared / n, MAE: absolute / n };
}
