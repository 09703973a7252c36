import { z } from 'zod';
import type { RunArguments } from '../../arguments.js';
import { InvalidArguments } from '../../errors.js';
import type { Model } from '../../model/index.js';
import { cutModel } from '../cut-model.js';

export const fedSplitArguments = z.object({
  L: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('index of the first layer that runs at the TTP; the layers below it run at the participants'),
  split: z
    .enum(['vanilla', 'u-shaped'])
    .default('u-shaped')
    .describe(
      'u-shaped: the last layers run at the participants as well, and labels stay there; vanilla: labels travel to the TTP',
    ),
  head_layers: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('u-shaped: number of last layers that run at the participants'),
});
export type FedSplitArguments = z.infer<typeof fedSplitArguments>;

/** The layers at the participants, below and above those of the TTP; vanilla: none above. */
export function cut(model: Model, { L, split, head_layers }: RunArguments & FedSplitArguments) {
  const { lower, upper, lowerSize } = cutModel(model, L);
  if (split === 'vanilla') return { lower, middle: upper, top: [], lowerSize };
  if (head_layers >= upper.length)
    throw new InvalidArguments([
      {
        path: 'head_layers',
        message: `nothing is left for the TTP: of ${model.length} layers ${L} are below the cut, expected head_layers < ${upper.length}, got ${head_layers}`,
      },
    ]);
  return { lower, middle: upper.slice(0, -head_layers), top: upper.slice(-head_layers), lowerSize };
}
