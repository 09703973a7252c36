import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { InvalidArguments } from '../errors.js';

/** Refuses runs that would be taken for private and are not. Throws `InvalidArguments`. */
export function checkPrivacy(
  { name, client }: Pick<Algorithm, 'name' | 'client'>,
  args: Pick<RunArguments, 'aggregator' | 'noise_multiplier' | 'noise_mechanism' | 'clip_quantile'>,
): void {
  if (args.noise_multiplier === 0) return;
  const refuse = (path: string, message: string) => {
    throw new InvalidArguments([{ path, message }]);
  };
  if (args.aggregator !== 'norm-clipping')
    refuse(
      'noise_multiplier',
      `noise is added by aggregator 'norm-clipping', not by '${args.aggregator ?? 'mean'}'`,
    );
  if ((client?.sends ?? []).length > 0)
    refuse('noise_multiplier', `${name} sends ${client?.sends?.join(', ')} beside updates, without noise`);
  if (args.noise_mechanism !== 'gaussian' && args.clip_quantile !== null)
    refuse('noise_mechanism', `'${args.noise_mechanism}' needs a bound that stays: clip_quantile null`);
}
