import type { AggregatorType } from './aggregators/aggregator-type.js';
import { aggregateVectors } from './aggregate-vectors.js';
import { createComponents, type Components } from './components.js';
import type { CriterionType } from './criteria/criterion-type.js';
import { createEngine } from './engines/create-engine.js';
import { PluginError } from './errors.js';
import type { RunArguments } from './arguments.js';
import { argumentsSchemaOf } from './arguments-schema.js';
import type { Plugin } from './plugin.js';
import { checkPlugin } from './plugins.js';
import { createOptimizer } from './training/create-optimizer.js';
import { createScheduler } from './training/create-scheduler.js';

const SOURCE = 'the plug-in';
const STEP = 1e-3;
const TOLERANCE = 5e-3;
/** Updates of four values. */
const UPDATES = [1, 2, 3, 4, 5, 6, 7].map((k) => Float32Array.of(k, -k, k / 2, 0));

/**
 * Runs every aggregator, optimizer, scheduler and criterion of a plug-in on small vectors, with the default arguments.
 * @throws PluginError that names the component and the rule that it breaks.
 */
export async function checkConformance(exported: unknown): Promise<void> {
  const plugin: Plugin = checkPlugin(SOURCE, exported);
  const components = createComponents([{ source: SOURCE, plugin }]);
  const args = argumentsSchemaOf(components).parse({});
  for (const type of plugin.aggregators ?? []) await checkAggregation(type, args);
  for (const { name } of plugin.optimizers ?? [])
    checkSteps(`optimizer '${name}'`, { ...args, optimizer: name, lr_scheduler: 'none' }, components);
  for (const { name } of plugin.schedulers ?? [])
    checkSteps(`scheduler '${name}'`, { ...args, lr_scheduler: name }, components);
  for (const type of plugin.criteria ?? []) checkGradients(type, args);
}

async function checkAggregation(type: AggregatorType, args: RunArguments): Promise<void> {
  const owner = `aggregator '${type.name}'`;
  const aggregate = (weight: number) =>
    aggregateVectors(
      type.create(args),
      UPDATES,
      UPDATES.map(() => ({ weight })),
      createEngine(),
    );
  const first = await aggregate(1);
  expectRule(owner, 'the result has the length of an update', first.length === UPDATES[0]!.length);
  expectRule(owner, 'the result is finite', first.every(Number.isFinite));
  expectRule(owner, 'equal updates give equal bits', isSame(first, await aggregate(1)));
  expectRule(
    owner,
    'the result is zero if no update weighs anything',
    (await aggregate(0)).every((value) => value === 0),
  );
}

/** Two trainings on the same gradients: of an optimizer, or of a scheduler with the run's optimizer. */
function checkSteps(owner: string, args: RunArguments, components: Components): void {
  const tensors = [{ name: '0.weight', shape: [4], offset: 0, size: 4, trainable: true }];
  const train = () => {
    const weights = Float32Array.of(1, -1, 2, 0.5);
    const optimizer = createOptimizer(args, { tensors, size: 4 }, weights, components);
    const scheduler = createScheduler({
      ...{ args, settings: optimizer.settings, stepsPerEpoch: 2, components },
    });
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let batch = 0; batch < 2; batch++) {
        optimizer.step(weights, weights.slice());
        scheduler.afterBatch?.();
      }
      scheduler.afterEpoch?.(1 / (epoch + 1));
      expectRule(owner, 'the learning rate stays finite', Number.isFinite(optimizer.settings.lr));
    }
    return weights;
  };
  const weights = train();
  expectRule(owner, 'weights stay finite', weights.every(Number.isFinite));
  expectRule(owner, 'equal gradients give equal bits', isSame(weights, train()));
}

function checkGradients(type: CriterionType, args: RunArguments): void {
  for (const [action, kinds] of Object.entries(type.fits))
    for (const kind of kinds) {
      const units = action === 'regress' ? 1 : 3;
      const { loss } = type.create(args, { action: action as 'regress' | 'classify', kind, units });
      const scores = Float32Array.from({ length: units }, (_, unit) => 0.3 - 0.4 * unit);
      const gradient = new Float32Array(units);
      const value = loss(scores, 1, gradient);
      const owner = `criterion '${type.name}' on ${kind} to ${action}`;
      expectRule(owner, 'the loss is finite', Number.isFinite(value));
      for (let unit = 0; unit < units; unit++) {
        const moved = (by: number) => loss(scores.with(unit, scores[unit]! + by), 1, new Float32Array(units));
        const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP);
        const agrees = Math.abs(slope - gradient[unit]!) <= TOLERANCE * Math.max(1, Math.abs(slope));
        expectRule(owner, `the gradient of output ${unit} agrees with finite differences`, agrees);
      }
    }
}

function isSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  return one.length === other.length && Array.from(one).every((value, i) => Object.is(value, other[i]));
}

function expectRule(owner: string, rule: string, holds: boolean): void {
  if (!holds) throw new PluginError(`${owner} does not conform: expected that ${rule}`);
}
