import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import type { Report } from '../server-side.js';

const fedNovaArguments = z.object({
  server_lr: z.number().positive().default(1).describe('η: multiplies the effective number of steps'),
});

/**
 * Participants that take more local steps pull no harder: each update is divided by its effective number of steps a_k,
 * w ← w + η τ Σ p_k Δ_k / a_k, with p_k = n_k / n and τ = Σ p_k a_k. Of K steps of SGD a_k is K, with
 * momentum ρ it is (K − ρ (1 − ρ^K) / (1 − ρ)) / (1 − ρ); a rate that a scheduler lowers counts less. Equal a_k give FedAvg.
 * Wang, Liu, Liang, Joshi & Poor: Tackling the Objective Inconsistency Problem (2020).
 */
export const fedNova: Algorithm<z.infer<typeof fedNovaArguments>> = {
  name: 'FedNova',
  summary: 'Averaging normalised by the number of local steps.',
  paper:
    'Wang et al. 2020, Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization',
  arguments: fedNovaArguments,
  defaults: { mu: 0 },
  server: {
    elementwise: true,
    weight: (report) => report.samples / effectiveSteps(report),
    step: ({ weights, aggregate, reports, args: { server_lr } }) => {
      const scale = server_lr * rescaling(reports);
      for (let i = 0; i < weights.length; i++) weights[i]! += scale * aggregate[i]!;
    },
  },
  client: {
    finish: ({ trained: { lrSum }, args: { lr } }) => ({ values: { a: lrSum / lr } }),
  },
};

/** The aggregate is Σ (n_k / a_k) Δ_k / Σ (n_k / a_k); τ Σ p_k Δ_k / a_k is so many times that. */
function rescaling(reports: readonly Report[]): number {
  const sum = (value: (report: Report) => number) =>
    reports.reduce((total, report) => total + value(report), 0);
  const n = sum(({ samples }) => samples);
  if (n === 0) return 0;
  const tau = sum((report) => (report.samples / n) * effectiveSteps(report));
  return tau * sum((report) => report.samples / n / effectiveSteps(report));
}

function effectiveSteps({ values, steps }: Report): number {
  return Math.max(values.a ?? steps, Number.MIN_VALUE);
}
