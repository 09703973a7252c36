import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import type { Report } from '../server-side.js';

const qFedAvgArguments = z.object({
  q: z
    .number()
    .nonnegative()
    .default(1)
    .describe('fairness: 0 is the plain mean, larger weighs participants with a higher loss more'),
});

/** Keeps F^(q − 1) finite for a loss of 0. */
const TINY = 1e-10;

/**
 * Fair reweighting: with F_k the loss of w at participant k and L = 1/ℓ, Δ_k^q = F_k^q L Δ_k,
 * h_k = q F_k^(q − 1) ‖L Δ_k‖² + L F_k^q, and w ← w + Σ Δ_k^q / Σ h_k. With q = 0: the unweighted mean.
 * Li, Sanjabi, Beirami & Smith: Fair Resource Allocation in Federated Learning (2020).
 */
export const qFedAvg: Algorithm<z.infer<typeof qFedAvgArguments>> = {
  name: 'q-FedAvg',
  summary: 'Weighs participants by their loss, so that none is left behind.',
  reads: ['lr'],
  paper: 'Li et al. 2020, Fair Resource Allocation in Federated Learning',
  arguments: qFedAvgArguments,
  defaults: { mu: 0 },
  server: {
    elementwise: true,
    weight: ({ values }, { q }) => fairness(values, q),
    refuses: ({ values: { loss, squared_norm = 0 } }) => {
      if (loss === undefined) return 'values.loss: expected the loss of the global model, got none';
      if (squared_norm < 0) return `values.squared_norm: expected a number ≥ 0, got ${squared_norm}`;
      return undefined;
    },
    learnsFrom: () => ['loss'],
    step: ({ weights, aggregate, reports, args: { q, lr } }) => {
      const lipschitz = 1 / lr;
      const sum = (value: (report: Report) => number) =>
        reports.reduce((total, report) => total + value(report), 0);
      const h = sum(
        ({ values, squaredNorm }) =>
          q * loss(values) ** (q - 1) * lipschitz ** 2 * squaredNorm + lipschitz * fairness(values, q),
      );
      const scale = (lipschitz * sum(({ values }) => fairness(values, q))) / h;
      for (let i = 0; i < weights.length; i++) weights[i]! += scale * aggregate[i]!;
    },
  },
  client: {
    // A TTP measures the norm itself; older ones take this one.
    finish: async ({ global, change, loss }) => {
      let squared_norm = 0;
      for (const value of change) squared_norm += value ** 2;
      return { values: { loss: await loss(global), squared_norm } };
    },
  },
};

function fairness(values: Report['values'], q: number): number {
  return loss(values) ** q;
}

function loss(values: Report['values']): number {
  return Math.max(values.loss ?? 0, 0) + TINY;
}
