import { parseBoundedJson, STORED_JSON } from '@synergos/contract';
import { z } from 'zod';
import type { ScratchStore } from '@synergos/artifacts';
import { roundLossesSchema, type LossHistory, type RoundLosses } from './loss-history.js';

const ROUNDS_A_FILE = 64;
const fileSchema = z.array(roundLossesSchema);

/**
 * The losses of a training's older rounds, a fixed number per file. A file is written once, when its rounds are complete, so
 * the bytes that a round writes and the memory do not grow with the number of rounds.
 */
export function createLossFiles(scratch: ScratchStore, folder: string) {
  const path = (first: number) => `${folder}/losses-${String(first).padStart(6, '0')}.json`;

  return {
    /** Moves complete rounds into files. The newest round stays, for its evaluation is still missing. */
    async store(history: LossHistory): Promise<LossHistory> {
      const [first, stored] = [history.rounds[0], history.rounds.slice(0, ROUNDS_A_FILE)];
      if (first === undefined || history.rounds.length <= ROUNDS_A_FILE) return history;
      await scratch.put(path(first.round), `${JSON.stringify(stored)}\n`);
      return { ...history, rounds: history.rounds.slice(ROUNDS_A_FILE) };
    },

    /** All rounds, in order. Rounds of a damaged file have no losses, but are not trained again. */
    async *read({ rounds }: LossHistory): AsyncGenerator<RoundLosses> {
      const next = rounds[0]?.round ?? 1;
      for (let first = 1; first < next; first += ROUNDS_A_FILE) {
        const stored = await readFile(first);
        for (let round = first; round < Math.min(first + ROUNDS_A_FILE, next); round++)
          yield stored.get(round) ?? { round, train: {}, evaluate: {} };
      }
      yield* rounds;
    },
  };

  async function readFile(first: number): Promise<ReadonlyMap<number, RoundLosses>> {
    const bytes = await scratch.get(path(first));
    try {
      const stored = fileSchema.parse(parseBoundedJson(bytes ?? '', STORED_JSON));
      return new Map(stored.map((losses) => [losses.round, losses]));
    } catch {
      return new Map();
    }
  }
}
