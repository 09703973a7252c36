import type { Checkpoint } from '../../checkpoints/checkpoint.js';
import type { ModelFile } from '../../checkpoints/global-model.js';
import { publishFor, withdraw } from '../published.js';
import type { RoundsOptions } from '../rounds.js';

/** A version of the global model that participants may still train on. */
export interface ModelVersion {
  readonly checkpoint: Checkpoint;
  readonly tensors: Awaited<ReturnType<typeof publishFor>>;
}

type Options = Pick<RoundsOptions, 'dependencies' | 'run' | 'checkpoints'>;

/** Serves versions of the global model, each until its last holder releases it. */
export class ModelVersions {
  readonly #options: Options;
  readonly #folder: string;
  readonly #holders = new Map<ModelVersion, number>();

  constructor(options: Options) {
    this.#options = options;
    this.#folder = `${options.checkpoints.folder}/served`;
  }

  /** Publishes the model of a checkpoint from copies of its files. The caller holds the version. */
  async serve(current: Checkpoint): Promise<ModelVersion> {
    const { dependencies, run } = this.#options;
    const state: Record<string, ModelFile> = {};
    for (const name of run.algorithm.server?.sends ?? []) {
      const file = current.state[name];
      if (file !== undefined) state[name] = await this.#copy(file, current.round, encodeURIComponent(name));
    }
    const model = await this.#copy(current.model, current.round, 'model');
    const checkpoint = { ...current, model, state };
    const version = { checkpoint, tensors: await publishFor(dependencies, run, checkpoint) };
    this.#holders.set(version, 1);
    return version;
  }

  hold(version: ModelVersion): void {
    this.#holders.set(version, (this.#holders.get(version) ?? 0) + 1);
  }

  /** Withdraws the version and removes its files once no holder is left. */
  release(version: ModelVersion): void {
    const holders = (this.#holders.get(version) ?? 0) - 1;
    if (holders > 0) {
      this.#holders.set(version, holders);
      return;
    }
    const { scratch, logger } = this.#options.dependencies;
    this.#holders.delete(version);
    withdraw(this.#options.dependencies, version.tensors);
    const { model, state } = version.checkpoint;
    for (const { path } of [model, ...Object.values(state)])
      scratch
        .delete(path)
        .catch((err: unknown) => logger.warn({ err, path }, 'the file of a model version was not removed'));
  }

  /** Withdraws all versions: updates may have arrived that no step took. */
  async close(): Promise<void> {
    const { dependencies } = this.#options;
    for (const { tensors } of this.#holders.keys()) withdraw(dependencies, tensors);
    await dependencies.scratch.deleteFolder(this.#folder);
  }

  async #copy(file: ModelFile, round: number, name: string): Promise<ModelFile> {
    const path = `${this.#folder}/${round}-${name}.safetensors`;
    await this.#options.dependencies.scratch.copy(file.path, path);
    return { ...file, path };
  }
}
