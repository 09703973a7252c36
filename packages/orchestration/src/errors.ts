import { CodedError, foreignCode } from '@synergos/contract';

/** Base of this package's errors. */
export class OrchestrationError extends CodedError {}

/** A required record does not exist. */
export class RecordMissing extends OrchestrationError {
  constructor(what: string, remedy: string) {
    super('record_missing', `${what} does not exist. ${remedy}`);
  }
}

/** Required workers are not connected. */
export class ParticipantsMissing extends OrchestrationError {
  constructor(participants: readonly string[], waitedMs: number) {
    super(
      'participants_missing',
      `not connected after ${Math.round(waitedMs / 1000)} s: ${participants.join(', ')}. ` +
        'Start their workers, or see their logs for why they cannot connect.',
    );
  }
}

/** The participants' data has no common feature space. */
export class AlignmentImpossible extends OrchestrationError {
  constructor(message: string) {
    super('alignment_impossible', message);
  }
}

/** No grid of the cluster has a node of every participant. */
export class NoGrid extends OrchestrationError {
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(participants: readonly string[]) {
    const message = `no grid can do this: ${participants.join(', ')} registered no node; PUT …/registration with n_count and node_0`;
    super('no_grid', message);
    this.issues = participants.map((participant) => ({
      path: 'node_0',
      message: `${participant} has no node; expected one a grid, from node_0 on`,
    }));
  }
}

/** Workers lack capabilities that the run needs. */
export class CapabilityMissing extends OrchestrationError {
  constructor(lacking: ReadonlyMap<string, readonly string[]>) {
    const each = [...lacking].map(([participant, needs]) => `${participant} lacks ${needs.join(', ')}`);
    super(
      'capability_missing',
      `${each.join('; ')}. Update these workers, load their plug-ins, or choose other arguments.`,
    );
  }
}

/** A task failed at a worker. */
export class ParticipantFailed extends OrchestrationError {
  constructor(participant: string, code: string, reason: string, cause: unknown) {
    super(foreignCode(code), `${participant}: ${reason}`, { cause });
  }
}

/** A round received too few updates in every attempt. */
export class QuorumMissed extends OrchestrationError {
  constructor(round: number, received: number, needed: number, reasons: readonly string[]) {
    super(
      'quorum_missed',
      `round ${round} got ${received} of at least ${needed} updates: ${reasons.join('; ') || 'no update came'}`,
    );
  }
}

/** The participants' training data changed since the alignment. */
export class DataChanged extends OrchestrationError {
  constructor(what: string) {
    super(
      'data_changed',
      `${what}. POST …/alignments to align the project with the data as it is, and train again.`,
    );
  }
}

/** The training diverged; the checkpoint of the previous round is kept. */
export class Diverged extends OrchestrationError {
  constructor(round: number, why: string) {
    super(
      'diverged',
      `round ${round}: ${why}; the checkpoint of the round before is kept. Lower lr (or max_lr), or clip the updates.`,
    );
  }
}

/** An update that must not be folded. */
export class UnfitUpdate extends OrchestrationError {}
