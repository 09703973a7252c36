import { zerosLike, type Vector } from '../vector.js';

/**
 * m_k ← β m_k + (1 − β) Δ_k, at first 0: what a participant sends in place of Δ_k. The honest ones' differ less from round to
 * round and from each other, so that a robust rule sees through those that push one way a little each time.
 * Karimireddy, He & Jaggi: Learning from History for Byzantine Robust Optimization (2021).
 */
export function nextMomentum(momentum: Vector | undefined, update: Vector, beta: number): Vector {
  const before = momentum ?? zerosLike(update);
  return update.map((value, i) => beta * before[i]! + (1 - beta) * value);
}
