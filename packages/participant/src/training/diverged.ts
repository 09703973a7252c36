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
