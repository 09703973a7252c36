import { AlgorithmsError } from '../errors.js';

/** Local training left the finite numbers. */
export class Diverged extends AlgorithmsError {
  constructor(epoch: number, lr: number) {
    super(
      'diverged',
      `training is no longer finite in epoch ${epoch}, at learning rate ${lr}: lower lr or max_lr`,
    );
  }
}

/** There is nothing to train on. */
export class NoSamples extends AlgorithmsError {
  constructor() {
    super('no_samples', 'there are no rows to train on: check the train tags and the data below them');
  }
}
