import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@synergos/contract';
import { packTensors, unpackTensors, type RunKey } from '@synergos/rpc-core';
import { runFolder } from './results.js';
import { readdir, readFile, writeFile } from '../waiting-files.js';

export type ParticipantState = Readonly<Record<string, Float32Array>>;

const NAME = /^round-(\d+)\.safetensors$/;
/** A TTP may return to an earlier checkpoint. */
const OLDER_KEPT = 2;

/**
 * Stores the state that an algorithm carries from round to round at a participant: control variates, a personal model,
 * local tensors. There is a file for each round, so that a repeated round starts from the same state.
 */
export class ParticipantStates {
  readonly #outputsDirectory: string;
  readonly #logger: Logger;

  constructor(outputsDirectory: string, logger: Logger) {
    this.#outputsDirectory = outputsDirectory;
    this.#logger = logger;
  }

  /** Reads the newest state up to `round`; undefined if there is none, with a warning if it is `expected`. */
  async latest(
    key: RunKey,
    round: number = Infinity,
    expected = true,
  ): Promise<ParticipantState | undefined> {
    const newest = (await this.#rounds(key)).filter((one) => one <= round).sort((a, b) => b - a)[0];
    if (newest === undefined) {
      if (expected && round > 0 && round !== Infinity)
        this.#logger.warn(
          { ...key, round },
          'the state of this participant is missing: training starts from zero state',
        );
      return undefined;
    }
    const tensors = unpackTensors(await readFile(this.#path(key, newest)));
    return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  }

  /** Stores the state after `round`, which started from the state of round `base`. Removes states that no round needs. */
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

  /** Removes the state of an earlier training of the run. */
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
