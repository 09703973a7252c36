import { weightOf, type Algorithm, type Report, type RunArguments } from '@synergos/fed-algorithms';
import { OrchestrationError } from '../errors.js';
import type { FiniteTrainReply } from './train-at.js';

export interface ReportContext {
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  /** Rows of the participant at alignment; undefined for alignments of older versions. */
  readonly rows: number | undefined;
  /** ‖Δ_k‖² over the trained values. */
  readonly squaredNorm: number;
}

/**
 * Checks a participant's report: its samples are capped at its rows.
 * Throws `OrchestrationError` (`bad_values`) if a number is outside its definition.
 */
export function checkedReport(
  participant: string,
  { samples: reported, steps, loss, values }: FiniteTrainReply,
  { algorithm, args, rows = Infinity, squaredNorm }: ReportContext,
): Report {
  const samples = Math.min(reported, rows);
  const report: Report = { participant, samples, squaredNorm, steps, loss, values };
  const mostSteps = args.epochs * Math.ceil(samples / Math.min(args.batch_size ?? samples, samples) || 0);
  if (samples > 0 && steps > mostSteps)
    refuse(`steps: expected at most ${mostSteps} for ${samples} rows in ${args.epochs} epochs, got ${steps}`);
  const wrong = samples > 0 ? algorithm.server?.refuses?.(report, args) : undefined;
  if (wrong !== undefined) refuse(wrong);
  const weight = weightOf(algorithm, report, args);
  if (!(Number.isFinite(weight) && weight >= 0))
    refuse(
      `what it reported (${JSON.stringify(values)}) makes a weight of ${weight}: expected a finite number ≥ 0`,
    );
  return report;
}

function refuse(message: string): never {
  throw new OrchestrationError('bad_values', message);
}
