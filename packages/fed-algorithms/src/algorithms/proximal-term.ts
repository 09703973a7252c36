import type { GradientContext } from '../client-side.js';

/** Adds the gradient of (mu/2) ‖w_k − w‖², which holds the local model near the global one. */
export function proximalTerm({ gradient, weights, global, args: { mu } }: GradientContext): void {
  if (mu === 0) return;
  for (let i = 0; i < gradient.length; i++) gradient[i]! += mu * (weights[i]! - global[i]!);
}
