import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { builtInComponents, type Components } from '../components.js';
import { refuse } from '../errors.js';

type Aggregators = Pick<Components, 'aggregators'>;

/**
 * Refuses runs whose aggregator withstands nothing, or cannot take the vectors that are sent with the updates.
 * @throws InvalidArguments
 */
export function checkAggregator(
  { name, client }: Pick<Algorithm, 'name' | 'client'>,
  args: RunArguments,
  { aggregators }: Aggregators = builtInComponents,
): void {
  if (args.aggregator === null) return;
  const aggregator = aggregators.get(args.aggregator);
  aggregator.check?.(args);
  const sent = client?.sends ?? [];
  if (aggregator.hasScale && sent.length > 0) {
    const scaleFree = aggregators.list().filter(({ hasScale }) => !hasScale);
    refuse(
      'aggregator',
      `${name} sends ${sent.join(', ')} with its updates, of another size than they have: ${args.aggregator} cannot take both. ` +
        `Expected one of ${scaleFree.map((one) => one.name).join(', ')}`,
    );
  }
}

/**
 * The aggregator of a run, and the number of malicious updates of `count` that it withstands; undefined for an
 * algorithm's own aggregator.
 */
export function toleranceOf(
  { aggregator: own }: Pick<Algorithm, 'aggregator'>,
  args: RunArguments,
  count: number,
  { aggregators }: Aggregators = builtInComponents,
): { readonly aggregator: string; readonly tolerates: number } | undefined {
  if (args.aggregator === null && own !== undefined) return undefined;
  const aggregator = args.aggregator ?? 'mean';
  return { aggregator, tolerates: aggregators.get(aggregator).tolerates?.(args, count) ?? 0 };
}
