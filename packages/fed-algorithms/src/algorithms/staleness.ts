import { z } from 'zod';

/** How old updates count in asynchronous algorithms: s(τ) = (1 + τ)^−a, τ the steps of the server since their model. */
export const stalenessArguments = z.object({
  staleness_exponent: z.number().min(0).max(1).default(0.5).describe('a: 0 counts old updates like new ones'),
});

export function staleness(tau: number, { staleness_exponent }: z.infer<typeof stalenessArguments>): number {
  return (1 + tau) ** -staleness_exponent;
}
