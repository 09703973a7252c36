import type { Algorithm } from '../algorithm.js';
import { head, step } from './fedsplit/answers.js';
import { fedSplitArguments, type FedSplitArguments } from './fedsplit/cut.js';
import { round } from './fedsplit/round.js';

/**
 * Split learning: participants take turns. For each batch one sends the activations of its lower layers, the TTP runs the
 * upper layers and returns the gradient at the cut; both step. Its lower layers then pass to the next. U-shaped, the last
 * layers are at the participant as well: outputs come back to it, and labels never leave.
 * Gupta & Raskar: Distributed learning of deep neural network over multiple agents (2018); Vepakomma, Gupta, Swedish &
 * Raskar: Split learning for health (2018).
 */
export const fedSplit: Algorithm<FedSplitArguments> = {
  name: 'FedSplit',
  summary: 'Split learning: the TTP runs the upper layers, batch by batch.',
  reads: [],
  paper:
    'Gupta & Raskar 2018, Distributed learning of deep neural network over multiple agents; Vepakomma et al. 2018, Split learning for health',
  arguments: fedSplitArguments,
  defaults: { mu: 0 },
  exchange: { round, answers: { step, head } },
};
