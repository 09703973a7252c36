import { bceLoss } from './bce-loss.js';
import { bceWithLogitsLoss } from './bce-with-logits-loss.js';
import { crossEntropyLoss } from './cross-entropy-loss.js';
import { hingeEmbeddingLoss } from './hinge-embedding-loss.js';
import { huberLoss } from './huber-loss.js';
import { klDivLoss } from './kl-div-loss.js';
import { l1Loss } from './l1-loss.js';
import { mseLoss } from './mse-loss.js';
import { multiLabelMarginLoss } from './multi-label-margin-loss.js';
import { multiLabelSoftMarginLoss } from './multi-label-soft-margin-loss.js';
import { multiMarginLoss } from './multi-margin-loss.js';
import { nllLoss } from './nll-loss.js';
import { poissonNLLLoss } from './poisson-nll-loss.js';
import { smoothL1Loss } from './smooth-l1-loss.js';
import { softMarginLoss } from './soft-margin-loss.js';

/** The criteria of this package, by PyTorch's names. */
export const criteria = [
  l1Loss,
  mseLoss,
  smoothL1Loss,
  huberLoss,
  bceLoss,
  bceWithLogitsLoss,
  crossEntropyLoss,
  nllLoss,
  klDivLoss,
  poissonNLLLoss,
  hingeEmbeddingLoss,
  softMarginLoss,
  multiMarginLoss,
  multiLabelMarginLoss,
  multiLabelSoftMarginLoss,
] as const;
