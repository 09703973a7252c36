import { z } from 'zod';
import { InvalidArguments } from '../errors.js';
import type { Numbers, Report } from '../server-side.js';

export const adaptiveMuArguments = z.object({
  mu_adaptive: z
    .boolean()
    .default(false)
    .describe('mu follows the global loss; `mu` is that of the first round'),
  mu_step: z.number().positive().max(1).default(0.1).describe('mu_adaptive: by how much mu moves'),
  mu_patience: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(5)
    .describe('mu_adaptive: rounds in a row that the loss must fall before mu does'),
});
type AdaptiveMu = z.infer<typeof adaptiveMuArguments>;

export function checkAdaptiveMu({ mu, mu_adaptive }: AdaptiveMu & { readonly mu: number }): void {
  if (mu_adaptive && mu > 1)
    throw new InvalidArguments([{ path: 'mu', message: `with mu_adaptive expected 0 ≤ mu ≤ 1, got ${mu}` }]);
}

/**
 * mu rises by a step, to 1 at most, where the global loss did not fall, and falls by one, to 0 at least, where the loss
 * fell `mu_patience` times in a row; the first loss counts as a fall.
 * Li, Sahu, Zaheer, Sanjabi, Talwalkar & Smith: Federated Optimization in Heterogeneous Networks (2020), appendix C.3.3.
 */
export function nextMu(
  { mu, mu_loss = Infinity, mu_falls = 0 }: Numbers,
  loss: number,
  { mu_step, mu_patience }: Omit<AdaptiveMu, 'mu_adaptive'>,
): Numbers {
  if (!(loss < mu_loss)) return { mu: Math.min(1, mu! + mu_step), mu_loss: loss, mu_falls: 0 };
  const falls = mu_falls + 1;
  return { mu: falls < mu_patience ? mu! : Math.max(0, mu! - mu_step), mu_loss: loss, mu_falls: falls };
}

/** The mean of the participants' training losses, weighted by samples. */
export function globalLoss(reports: readonly Pick<Report, 'samples' | 'loss'>[]): number {
  const samples = reports.reduce((sum, report) => sum + report.samples, 0);
  return samples === 0
    ? 0
    : reports.reduce((sum, report) => sum + (report.samples / samples) * report.loss, 0);
}
