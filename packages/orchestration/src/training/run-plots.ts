import { drawRun } from '@synergos/artifacts';
import type { LossCurves } from '../checkpoints/loss-history.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from '../project/run-definition.js';

/** A run's plots as SVG, by name; none if drawing fails, which is logged and does not fail the run. */
export async function runPlots(
  { logger }: Dependencies,
  { key, project }: RunDefinition,
  losses: LossCurves,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await drawRun({
      title: Object.values(key).join(' / '),
      scoreName: project.action === 'classify' ? 'accuracy' : 'R²',
      rounds: losses.participation.map((_, index) => index + 1),
      ...losses,
    });
  } catch (error) {
    logger.warn({ err: error }, 'the plots of a run could not be drawn');
    return {};
  }
}
