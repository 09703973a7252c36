import { z } from 'zod';
import { withDefault } from '../arguments/types.js';
import { codecs } from './index.js';
import { topK } from './top-k.js';

const topKArguments = z.object({
  compression_keep: withDefault(
    z.number().positive().max(1),
    0.1,
    "share of an update's values that is sent",
  ),
});

/** The encodings of updates that a run selects by name. Codecs themselves load without zod. */
export const compressions = [
  ...codecs.filter((codec) => codec !== topK),
  { ...topK, arguments: topKArguments },
];
