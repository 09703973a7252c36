/** As in scikit-learn; R2 is null for a constant target or fewer than two samples. */
export function regressionStatistics(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
): { R2: number | null; MSE: number | null; MAE: number | null } {
  const n = targets.length;
  if (n === 0) return { R2: null, MSE: null, MAE: null };
  let mean = 0;
  for (let i = 0; i < n; i++) mean += targets[i]! / n;
  let [squared, absolute, total] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const error = predictions[i]! - targets[i]!;
    squared += error * error;
    absolute += Math.abs(error);
    total += (targets[i]! - mean) ** 2;
  }
  return { R2: n < 2 || total === 0 ? null : 1 - squared / total, MSE: squared / n, MAE: absolute / n };
}
