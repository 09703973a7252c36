import { createRandom, type Samples } from '@synergos/fed-algorithms';

/** Rows of three classes, each around a point of the unit circle. */
export function clusters(count: number): Samples {
  const random = createRandom(3);
  const targets = Float32Array.from({ length: count }, (_, row) => row % 3);
  const features = new Float32Array(count * 2);
  for (const [row, target] of targets.entries()) {
    features[row * 2] = Math.cos(target * 2.1) + random.uniform(-0.4, 0.4);
    features[row * 2 + 1] = Math.sin(target * 2.1) + random.uniform(-0.4, 0.4);
  }
  return { features, shape: [2], targets, count };
}
