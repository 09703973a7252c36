import { criterionType, probabilities } from './criterion-type.js';
import { logLikelihood } from './log-likelihood.js';
import { scaled } from './sample-loss.js';

export const klDivLoss = criterionType({
  name: 'KLDivLoss',
  summary: 'The Kullback-Leibler divergence from the class, as a mean over the classes.',
  fits: { classify: probabilities },
  create: (_args, { kind, units }) => {
    // Against one class the divergence is −log p.
    const classes = Math.max(units, 2);
    const loss = logLikelihood(kind, units, { weight: null, smoothing: 0 });
    return { loss: scaled(loss, 1 / classes), terms: classes };
  },
});
