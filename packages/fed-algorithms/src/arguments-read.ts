import type { Algorithm } from './algorithm.js';
import type { RunArguments } from './arguments.js';
import { shapeOf, type Component } from './component.js';
import type { Components } from './components.js';

/** Arguments of rounds that an asynchronous algorithm does not read. */
const ofRounds = ['fraction_fit', 'min_fit', 'selection'];
/** Arguments of updates that an algorithm of questions and answers does not read. */
const ofUpdates = ['outlier_factor', 'compression', 'compression_keep'];
/** Accepted from Synergos clients; no run reads them. */
const withoutUse = ['is_condensed', 'precision_fractional'];
/** Read by some algorithms only. */
const ofAlgorithms = ['mu', 'lr'];

/** Names of common arguments that have no effect in such a run. An algorithm's own arguments are not among them. */
export function argumentsWithoutEffect(
  algorithm: Algorithm,
  args: RunArguments,
  components: Components,
): ReadonlySet<string> {
  const { reads, server, exchange, aggregator: own } = algorithm;
  // A plug-in that does not declare what it reads may read all arguments.
  if (reads === undefined) return new Set(withoutUse);
  const scheduler = components.schedulers.get(args.lr_scheduler);
  const rule = args.aggregator === null || exchange !== undefined ? undefined : args.aggregator;
  const read = new Set<string>([
    ...reads,
    ...readBy(components.optimizers.get(args.optimizer), args),
    ...readBy(scheduler, args),
    ...readBy(components.criteria.get(args.criterion), args),
    ...readBy(components.compressions.get(args.compression), args),
    ...(scheduler.replacesRate ? [] : ['lr']),
    ...(args.aggregator === null && own !== undefined ? namesOf(components.aggregators.list()) : []),
    ...(rule === undefined ? [] : readBy(components.aggregators.get(rule), args)),
  ]);
  return new Set<string>([
    ...conditional(components).filter((name) => !read.has(name)),
    ...(server?.asynchronous === undefined ? [] : ofRounds),
    ...(exchange === undefined ? [] : ofUpdates),
  ]);
}

/** Arguments that have an effect with some components or algorithms only. */
function conditional(components: Components): readonly string[] {
  const { aggregators, optimizers, schedulers, criteria, compressions } = components;
  const selected = [aggregators, optimizers, schedulers, criteria, compressions].flatMap((catalogue) =>
    namesOf(catalogue.list()),
  );
  return [...new Set([...selected, ...ofAlgorithms, ...withoutUse])];
}

function namesOf(components: readonly Component[]): readonly string[] {
  return components.flatMap((component) => Object.keys(shapeOf(component)));
}

function readBy(
  component: Component & { readonly unused?: (args: RunArguments) => readonly string[] },
  args: RunArguments,
): readonly string[] {
  const unused = component.unused?.(args) ?? [];
  return Object.keys(shapeOf(component)).filter((name) => !unused.includes(name));
}
