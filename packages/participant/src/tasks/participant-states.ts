import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@synergos/contract';
import { packTensors, unpackTensors, type RunKey } from '@synergos/rpc-core';
import { runFolder } from './results.js';

export type ParticipantState = Readonly<Record<string, Float32Array>>;

const NAME = /^round-(\d+)\.safetensors$/;
/** A TTP may go back to an earlier checkpoint. */
const OLDER_KEPT = 2;

/**
 * What an algorithm has a participant carry from round to round of a run: control variates, a personal model, local
 * tensors. Kept on its side, a file for each round, so that a round which is done again starts from the same state.
 */
export class ParticipantStates {
  readonly #outputsDirectory: string;
  readonly #logger: Logger;

  constructor(outputsDirectory: string, logger: Logger) {
    this.#outputsDirectory = outputsDirectory;
    this.#logger = logger;
  }

  /** The newest state of a round up to `round`; undefined: there is none, which is told where it is `expected`. */
  async latest(
    key: RunKey,
    round: number = Infinity,
    expected = true,
  ): Promise<ParticipantState | undefined> {
    const newest = (await this.#rounds(key)).filter((one) => one <= round).sort((a, b) => b - a)[0];
    if (newest === undefined) {
      if (expected && round > 0 && round !== Infinity)
        this.#logger.warn({ ...key, round }, "this participant's state is gone: it goes on from zero");
      return undefined;
    }
    const tensors = unpackTensors(await readFile(this.#path(key, newest)));
    return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  }

  /** Keeps what `round` left, which began with the state of round `base`; what is of no more use goes. */
  async save(
    key: RunKey,
    { round, base }: { round: number; base: number },
    state: ParticipantState,
  ): Promise<void> {
    await mkdir(this.#folder(key), { recursive: true });
    const tensors = Object.fromEntries(
      Object.entries(state).map(([name, data]) => [name, { shape: [data.length], data }]),
    );
    const temporary = join(this.#folder(key), `.tmp-${randomUUID()}`);
    await writeFile(temporary, packTensors(tensors), { flush: true });
    await rename(temporary, this.#path(key, round));
    const older = (await this.#rounds(key)).filter((one) => one < base).sort((a, b) => b - a);
    for (const one of older.slice(OLDER_KEPT)) await rm(this.#path(key, one), { force: true });
  }

  /** Forgets what an earlier training of the same run left. */
  async clear(key: RunKey): Promise<void> {
    await rm(this.#folder(key), { recursive: true, force: true });
  }

  async #rounds(key: RunKey): Promise<number[]> {
    const names = await readdir(this.#folder(key)).catch(() => []);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  }

  #folder(key: RunKey): string {
    return join(runFolder(this.#outputsDirectory, key), 'state');
  }

  #path(key: RunKey, round: number): string {
    return join(this.#folder(key), `round-${String(round).padStart(6, '0')}.safetensors`);
  }
}
