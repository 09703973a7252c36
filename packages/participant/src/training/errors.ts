import { ParticipantError } from '../errors.js';

/** Local training left the finite numbers. */
export class Diverged extends ParticipantError {
  constructor(epoch: number, lr: number) {
    super(
      'diverged',
      `training is no longer finite in epoch ${epoch}, at learning rate ${lr}: lower lr or max_lr`,
    );
  }
}

/** The data has more classes than the model tells apart. */
export class ClassWithoutUnit extends ParticipantError {
  constructor(index: number, units: number) {
    const message = `class number ${index + 1} has no place among the model's outputs, of which there are ${units}`;
    super('class_without_unit', `${message}: align the project with auto_fix, or widen the last layer`);
  }
}

/** There is nothing to train on. */
export class NoSamples extends ParticipantError {
  constructor() {
    super('no_samples', 'there are no rows to train on: check the train tags and the data below them');
  }
}
