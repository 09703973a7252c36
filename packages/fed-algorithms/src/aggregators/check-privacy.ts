import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { builtInComponents, type Components } from '../components.js';
import { refuse } from '../errors.js';
import type { Manifest } from '../model/index.js';

/**
 * Refuses runs that request differential privacy but would not be private.
 * @throws InvalidArguments
 */
export function checkPrivacy(
  { name, client, server }: Pick<Algorithm, 'name' | 'client' | 'server'>,
  args: Pick<RunArguments, 'aggregator' | 'noise_multiplier' | 'noise_mechanism' | 'clip_quantile'>,
  { aggregators }: Pick<Components, 'aggregators'> = builtInComponents,
): void {
  if (args.noise_multiplier === 0) return;
  const own = args.aggregator ?? 'mean';
  if (!aggregators.get(own).addsNoise) {
    const adding = aggregators.list().flatMap((one) => (one.addsNoise ? [`'${one.name}'`] : []));
    refuse('noise_multiplier', `noise is added by aggregator ${adding.join(', ')}, not by '${own}'`);
  }
  if ((client?.sends ?? []).length > 0)
    refuse('noise_multiplier', `${name} sends ${client?.sends?.join(', ')} next to updates, without noise`);
  const numbers = server?.learnsFrom?.(args) ?? [];
  if (numbers.length > 0)
    refuse(
      'noise_multiplier',
      `the model of ${name} depends on ${numbers.join(', ')} of each participant, which gets no noise: expected 0`,
    );
  if (args.noise_mechanism !== 'gaussian' && args.clip_quantile !== null)
    refuse('noise_mechanism', `'${args.noise_mechanism}' needs a bound that stays: clip_quantile null`);
}

/**
 * Refuses a private run whose model has values that are not trained: they get no noise.
 * @throws InvalidArguments
 */
export function checkModelPrivacy(
  { client }: Pick<Algorithm, 'client'>,
  args: RunArguments,
  manifest: Manifest,
): void {
  if (args.noise_multiplier === 0) return;
  const stay = new Set(client?.localTensors?.(manifest, args).map(({ name }) => name));
  const plain = manifest.tensors.filter(({ name, trainable }) => !trainable && !stay.has(name));
  if (plain.length > 0)
    refuse(
      'noise_multiplier',
      `${plain.map(({ name }) => name).join(', ')} of the model are averaged without noise: expected 0, or a model without running statistics`,
    );
}
