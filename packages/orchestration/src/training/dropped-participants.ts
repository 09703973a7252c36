import type { EmitEvent } from '@synergos/contract/events';
import { byName } from '../by-name.js';
import type { Drop } from '../updates/shares.js';

/** Reports the participants that rounds continue without, and records them until their round is over. */
export class DroppedParticipants {
  readonly #emit: EmitEvent;
  #dropped: readonly (Drop & { readonly round: number })[] = [];

  constructor(emit: EmitEvent) {
    this.#emit = emit;
  }

  async add(round: number, { participant, code, reason }: Drop): Promise<void> {
    this.#dropped = [...this.#dropped, { round, participant, code, reason }];
    await this.#emit('participant_dropped', { round, participant, code, reason });
  }

  /**
   * Takes the participants that were dropped up to the end of a round and have no update in it, by name. A participant that
   * trained on an older model may be dropped rounds later.
   */
  take(round: number, trained: ReadonlyMap<string, unknown>): Drop[] {
    const over = this.#dropped.filter((drop) => drop.round <= round && !trained.has(drop.participant));
    this.#dropped = this.#dropped.filter((drop) => drop.round > round);
    const last = new Map(
      over.map(({ participant, code, reason }) => [participant, { participant, code, reason }]),
    );
    return [...last].sort(byName).map(([, drop]) => drop);
  }
}
