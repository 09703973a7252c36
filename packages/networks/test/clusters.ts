import { createRandom, parseModel, type Samples } from '@synergos/fed-algorithms';

/** A model that learns them, of three layers to cut between. */
export const clusterModel = parseModel([
  { activation: 'relu', is_input: true, l_type: 'Linear', structure: { in_features: 2, out_features: 6 } },
  { activation: 'relu', l_type: 'Linear', structure: { in_features: 6, out_features: 5 } },
  { activation: 'softmax', l_type: 'Linear', structure: { in_features: 5, out_features: 3 } },
]);

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
