import type { Partition, RunArguments, Share } from '@synergos/fed-algorithms';
import type { Outlier, Sizes } from '../updates/admission.js';
import { squaredNorms, type SquaredNorms } from '../updates/norms.js';
import type { TrainedUpdate } from './train-at.js';

/** Norms of admitted updates that exceed the median by this factor are reported. */
export const REPORTED_FACTOR = 100;

/** Norms of the vectors that the rule receives, to compare an update with the others of its round. */
export async function sizesOf(
  { auxiliary }: TrainedUpdate,
  { trained, untrained }: SquaredNorms,
  { scale = 1 }: Share,
  partition: Partition | undefined,
): Promise<Sizes> {
  const sizes: Record<string, number> = { update: Math.sqrt(trained) * scale };
  // Variances are squared measurements: the root makes their norms comparable to those of means.
  if (untrained > 0) sizes['running statistics'] = Math.sqrt(Math.sqrt(untrained));
  for (const [name, vector] of auxiliary)
    sizes[name] = Math.sqrt((await squaredNorms(vector, partition)).trained);
  return sizes;
}

export function outlierText(
  { of, size, median }: Outlier,
  { outlier_factor }: Pick<RunArguments, 'outlier_factor'>,
  among = 'of the round',
): string {
  const times = (size / median).toPrecision(3);
  return `the norm of its ${of} is ${size.toPrecision(3)}, ${times} times the median ${among}; at most ${outlier_factor} times is taken (outlier_factor)`;
}
