import { createUnitRandom } from '../random.js';
import type { Searcher } from '../searcher.js';
import { dimensionsOf } from '../space/dimension.js';
import { exhaustivePoint, searchedOf } from './exhaustive.js';
import { pointAt } from './point-at.js';

/** Random search (Bergstra & Bengio, JMLR 2012): each value drawn from its own distribution. */
export const random: Searcher = {
  name: 'random',
  suggest({ space, seed, trials }) {
    const number = trials.length + 1;
    const dimensions = dimensionsOf(space);
    const unit = createUnitRandom('random', seed, number);
    return {
      ...exhaustivePoint(dimensions, number),
      ...pointAt(searchedOf(dimensions), () => unit()),
    };
  },
};
