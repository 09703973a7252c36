import { z } from 'zod';
import type { FileStore } from '@synergos/artifacts';
import { roundLossesSchema, type LossHistory, type RoundLosses } from './loss-history.js';

const ROUNDS_A_FILE = 64;
const fileSchema = z.array(roundLossesSchema);

/**
 * The losses of a training's older rounds, so many a file. A file is written once, when its rounds are complete: what a
 * round writes, and what is held in memory, does not grow with the number of rounds.
 */
export function createLossFiles(files: FileStore, folder: string) {
  const path = (first: number) => `${folder}/losses-${String(first).padStart(6, '0')}.json`;

  return {
    /** The history without the rounds that have gone into files. The newest round stays: its evaluation is to come. */
    async store(history: LossHistory): Promise<LossHistory> {
      const [first, stored] = [history.rounds[0], history.rounds.slice(0, ROUNDS_A_FILE)];
      if (first === undefined || history.rounds.length <= ROUNDS_A_FILE) return history;
      await files.write(path(first.round), `${JSON.stringify(stored)}\n`);
      return { ...history, rounds: history.rounds.slice(ROUNDS_A_FILE) };
    },

    /** All rounds, in order. Those of a file that is damaged have no losses: no reason to train them again. */
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
    const bytes = await files.read(path(first));
    try {
      const stored = fileSchema.parse(JSON.parse(Buffer.from(bytes ?? '').toString()));
      return new Map(stored.map((losses) => [losses.round, losses]));
    } catch {
      return new Map();
    }
  }
}
