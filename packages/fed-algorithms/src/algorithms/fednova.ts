import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { median } from '../median.js';
import { builtInComponents } from '../components.js';
import { createOptimizer } from '../training/create-optimizer.js';
import { createScheduler } from '../training/create-scheduler.js';
import type { Report } from '../server-side.js';

const fedNovaArguments = z.object({
  server_lr: z.number().positive().default(1).describe('η: multiplies the effective number of steps'),
});

/**
 * Participants that take more local steps pull no harder: each update is divided by its effective number of steps a_k,
 * w ← w + η τ Σ p_k Δ_k / a_k, with p_k = n_k / n and τ = Σ p_k a_k. Of K steps of SGD a_k is K, with
 * momentum ρ it is (K − ρ (1 − ρ^K) / (1 − ρ)) / (1 − ρ); a rate that a scheduler lowers counts less. Equal a_k give FedAvg.
 * A robust rule aggregates the Δ_k / a_k, and τ is then the median of the a_k.
 * Wang, Liu, Liang, Joshi & Poor: Tackling the Objective Inconsistency Problem (2020).
 */
export const fedNova: Algorithm<z.infer<typeof fedNovaArguments>> = {
  name: 'FedNova',
  summary: 'Averaging normalised by the number of local steps.',
  reads: ['lr'],
  paper:
    'Wang et al. 2020, Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization',
  arguments: fedNovaArguments,
  defaults: { mu: 0 },
  server: {
    elementwise: true,
    scale: (report) => 1 / effectiveSteps(report),
    refuses: (report, args) => {
      const a = effectiveSteps(report);
      const [least, most] = [leastEffectiveSteps(args), mostEffectiveSteps(report.steps, args)];
      if (a >= least * (1 - TOLERANCE) && a <= most * (1 + TOLERANCE)) return undefined;
      return `values.a (effective steps): expected ${least} ≤ a ≤ ${most} of ${report.steps} steps, got ${a}`;
    },
    learnsFrom: () => ['a'],
    step: ({ weights, aggregate, reports, args }) => {
      const scale = args.server_lr * typicalSteps(reports, args);
      for (let i = 0; i < weights.length; i++) weights[i]! += scale * aggregate[i]!;
    },
  },
  client: {
    finish: ({ trained: { lrSum }, args: { lr } }) => ({ values: { a: lrSum / lr } }),
  },
};

/** A sum of rounded rates may pass its bound by a little. */
const TOLERANCE = 1e-6;
/** τ. The mean only if the aggregator is a mean as well: one participant's a_k may sway it. */
function typicalSteps(reports: readonly Report[], { aggregator }: RunArguments): number {
  const isMean = aggregator === null || builtInComponents.aggregators.find(aggregator)?.isMean === true;
  if (!isMean) return median(reports.map(effectiveSteps));
  const n = reports.reduce((sum, { samples }) => sum + samples, 0);
  return reports.reduce((sum, report) => sum + (report.samples / n) * effectiveSteps(report), 0);
}

function effectiveSteps({ values, steps }: Report): number {
  return values.a ?? steps;
}

/** The optimizer or the scheduler is that of a plug-in: nothing is known of its rates. */
function hasUnknownRates({ optimizer, lr_scheduler }: RunArguments): boolean {
  const { optimizers, schedulers } = builtInComponents;
  return optimizers.find(optimizer) === undefined || schedulers.find(lr_scheduler) === undefined;
}

/** The first step moves as far as the schedule's first rate. */
function leastEffectiveSteps(args: RunArguments): number {
  if (hasUnknownRates(args)) return 0;
  const { settings } = createOptimizer(args, { tensors: [], size: 0 });
  createScheduler({ args, settings, stepsPerEpoch: 1 });
  return settings.lr / args.lr;
}

/** Each step goes as far as the largest rate, as often as momentum repeats it. Infinite where a schedule has no largest rate. */
function mostEffectiveSteps(steps: number, args: RunArguments): number {
  const { lr, base_lr, max_lr, lr_scheduler, gamma } = args;
  if (hasUnknownRates(args)) return Infinity;
  if ((gamma ?? 0) > 1) return Infinity;
  const rates = lr_scheduler === 'CyclicLR' || lr_scheduler === 'OneCycleLR' ? [base_lr, max_lr] : [];
  return (steps * mostRepeats(steps, args) * Math.max(lr, ...rates)) / lr;
}

function mostRepeats(steps: number, args: RunArguments): number {
  const { optimizer, momentum, lr_scheduler, cycle_momentum, max_momentum } = args;
  if (optimizer !== 'SGD') return 1;
  const cycles = cycle_momentum && (lr_scheduler === 'CyclicLR' || lr_scheduler === 'OneCycleLR');
  const largest = cycles ? Math.max(momentum, max_momentum) : momentum;
  return Math.min(steps, 1 / (1 - largest));
}
