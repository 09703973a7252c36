import { join } from 'node:path';
import {
  PREPROCESSING_FILE,
  preprocessingSchema,
  type CommonSpace,
  type Preprocessing,
} from '@synergos/contract';
import type { RunKey } from '@synergos/rpc-core';
import type { Fitted, RestoredFit } from '../datasets/datasets.js';
import type { Action } from '../pipelines/pipeline.js';
import { runFolder, writeResults } from './results.js';
import { readFile } from '../waiting-files.js';

/**
 * Stores how the training data of a run is prepared at this participant: the file preprocessing.json in its outputs
 * folder. Fitted values do not leave the machine.
 */
export class StoredPreprocessing {
  readonly #outputsDirectory: string;
  readonly #participant: string;
  readonly #written = new WeakMap<object, Set<string>>();

  constructor(outputsDirectory: string, participant: string) {
    this.#outputsDirectory = outputsDirectory;
    this.#participant = participant;
  }

  /** The fit that the run's model was trained with; undefined if none is stored, or only one for another space. */
  async read(key: RunKey, space: CommonSpace, action: Action): Promise<RestoredFit | undefined> {
    const file = join(runFolder(this.#outputsDirectory, key), PREPROCESSING_FILE);
    const id = await readFile(file, 'utf8').catch(() => undefined);
    if (id === undefined) return undefined;
    const stored = preprocessingSchema.safeParse(parsed(id)).data;
    const isOfSpace =
      stored?.action === action &&
      stored.participant === this.#participant &&
      isSame(stored.features, space.features) &&
      isSame(stored.classes, space.classes);
    return isOfSpace ? { id, stored } : undefined;
  }

  /** Writes the file once for each run and fit. */
  async write(key: RunKey, { pipeline, values }: Fitted, space: CommonSpace, action: Action): Promise<void> {
    const run = JSON.stringify([key.collab, key.project, key.expt, key.run]);
    const runs = this.#written.get(values) ?? new Set();
    if (runs.has(run)) return;
    const saved = pipeline.save(values, space, action);
    const own: Preprocessing = { ...saved, participant: this.#participant };
    await writeResults(this.#outputsDirectory, key, undefined, {
      [PREPROCESSING_FILE]: `${JSON.stringify(own, null, 2)}\n`,
    });
    this.#written.set(values, runs.add(run));
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
