import { z } from 'zod';

/** How old updates count in asynchronous algorithms; τ: the steps of the server since their model. */
export const stalenessArguments = z.object({
  staleness_rule: z
    .enum(['polynomial', 'threshold'])
    .default('polynomial')
    .describe('s(τ): (1 + τ)^−a, or one value for all beyond a cutoff'),
  staleness_exponent: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('polynomial: a; 0 counts old updates like new ones'),
  staleness_cutoff: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(4)
    .describe('threshold: the largest τ that counts in full'),
  staleness_beyond: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('threshold: what older updates count; 0: they are left out'),
});

/** s(τ) */
export function staleness(
  tau: number,
  {
    staleness_rule,
    staleness_exponent,
    staleness_cutoff,
    staleness_beyond,
  }: z.infer<typeof stalenessArguments>,
): number {
  if (staleness_rule === 'threshold') return tau <= staleness_cutoff ? 1 : staleness_beyond;
  return (1 + tau) ** -staleness_exponent;
}
