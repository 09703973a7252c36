import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { InvalidArguments } from '../errors.js';
import { rules } from './rules.js';

/** Refuses runs whose rule protects from nothing, or misses what is sent with the updates. Throws `InvalidArguments`. */
export function checkRule({ name, client }: Pick<Algorithm, 'name' | 'client'>, args: RunArguments): void {
  const { aggregator, byzantine, trim } = args;
  if (aggregator === null) return;
  const refuse = (path: string, message: string) => {
    throw new InvalidArguments([{ path, message }]);
  };
  if ((aggregator === 'multi-krum' || aggregator === 'bulyan') && byzantine === 0)
    refuse(
      'byzantine',
      `${aggregator} with byzantine 0 protects from nothing: expected how many participants may be malicious, at least 1`,
    );
  if (aggregator === 'trimmed-mean' && trim === 0)
    refuse('trim', 'trimmed-mean with trim 0 cuts nothing: expected 0 < trim < 0.5, or aggregator mean');
  const sent = client?.sends ?? [];
  if (rules[aggregator].hasScale && sent.length > 0)
    refuse(
      'aggregator',
      `${name} sends ${sent.join(', ')} with its updates, of another size than they have: ${aggregator} cannot take both. ` +
        `Expected one of ${scaleFree().join(', ')}`,
    );
}

function scaleFree(): string[] {
  return Object.entries(rules).flatMap(([name, { hasScale }]) => (hasScale ? [] : [name]));
}

/** The rule of a run and how many malicious updates of `count` it tolerates; undefined for a rule of a plug-in's own. */
export function toleranceOf(
  { aggregator: own }: Pick<Algorithm, 'aggregator'>,
  args: RunArguments,
  count: number,
): { readonly aggregator: string; readonly tolerates: number } | undefined {
  if (args.aggregator === null && own !== undefined) return undefined;
  const aggregator = args.aggregator ?? 'mean';
  return { aggregator, tolerates: rules[aggregator].tolerates(args, count) };
}
