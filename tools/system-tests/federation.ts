import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Driver, type JobEvent } from '@synergos/driver';
import { register } from '@synergos/example-penguins/federation';
import { islands, writeShards, type Island } from '@synergos/example-penguins/penguins';
import { Processes, type Basic } from '@synergos/example-penguins/processes';
import { decodeSafetensors } from '@synergos/rpc-core';

export const IDS = { collab_id: 'palmer-station', project_id: 'penguins' } as const;
export const EXPERIMENT = 'softmax-regression';

/** Rounds of about a third of a second: long enough to be interrupted. */
export const RUN = {
  algorithm: 'FedAvg',
  rounds: 6,
  epochs: 60,
  batch_size: 8,
  lr: 0.1,
  lr_scheduler: 'none',
  criterion: 'NLLLoss',
  patience: 1000,
  seed: 7,
} as const;

/** A TTP and three workers on the penguins, all real processes, in a temporary folder. */
export class Federation {
  readonly directory = mkdtempSync(join(tmpdir(), 'synergos-system-'));
  readonly workers = new Map<Island, ChildProcess>();
  readonly #processes = new Processes();
  #basic: Basic | undefined;
  #ttpOptions: readonly string[] = [];
  #tokens: Record<Island, string> | undefined;

  get basic(): Basic {
    if (this.#basic === undefined) throw new Error('the TTP has not been started');
    return this.#basic;
  }

  /** Tokens of the workers. */
  get tokens(): readonly string[] {
    return Object.values(this.#tokens ?? {});
  }

  get driver(): Driver {
    return new Driver({ url: this.basic.url, token: this.basic.adminToken });
  }

  async start(
    options: { readonly ttp?: readonly string[]; readonly worker?: readonly string[] } = {},
  ): Promise<void> {
    writeShards(join(this.directory, 'islands'));
    mkdirSync(join(this.directory, 'ttp'));
    this.#ttpOptions = options.ttp ?? [];
    this.#basic = await this.#processes.startBasic(join(this.directory, 'ttp'), this.#ttpOptions);
    this.#tokens = await register(this.driver);
    for (const island of islands) this.startWorker(island, options.worker);
  }

  /** Kills the TTP and restarts it on the same ports. */
  async restartTtp(): Promise<void> {
    const { process, url, dataUrl } = this.basic;
    await kill(process);
    const options = [...this.#ttpOptions, '--port', new URL(url).port, '--data-port', new URL(dataUrl).port];
    this.#basic = await this.#processes.startBasic(join(this.directory, 'ttp'), options);
  }

  startWorker(island: Island, more: readonly string[] = [], ttp = this.basic.dataUrl): void {
    const token = this.#tokens?.[island] ?? '';
    const worker = this.startStranger({ id: island, token, folder: island, more, ttp });
    this.workers.set(island, worker);
  }

  /** Starts a worker of any name and token, on an island's data. */
  startStranger(options: {
    id: string;
    token: string;
    folder: Island;
    more?: readonly string[];
    log?: string;
    /** Address that it dials; default: the TTP itself. */
    ttp?: string;
  }): ChildProcess {
    const { id, token, folder, more = [], log = folder, ttp = this.basic.dataUrl } = options;
    const dataDir = join(this.directory, 'islands', folder);
    mkdirSync(join(this.directory, 'islands', log), { recursive: true });
    return this.#processes.startWorker(join(this.directory, 'islands', log), {
      id,
      ttp,
      token,
      dataDir,
      more,
    });
  }

  async killWorker(island: Island): Promise<void> {
    const worker = this.workers.get(island);
    if (worker !== undefined) await kill(worker);
  }

  async createRun(run_id: string, change: object = {}): Promise<void> {
    await this.driver.runs.create({ ...IDS, expt_id: EXPERIMENT, run_id, ...RUN, ...change });
  }

  /** Trains a run; `onEvent` receives its job's events. */
  async train(run_id: string, onEvent: (event: JobEvent) => void = () => undefined): Promise<void> {
    await this.driver.models.create({ ...IDS, expt_id: EXPERIMENT, run_id }, { onEvent });
  }

  /** The global model's weights. */
  async weights(run_id: string): Promise<Float32Array> {
    const name = 'global_model.safetensors';
    return decodeSafetensors(await this.driver.models.download({ ...IDS, expt_id: EXPERIMENT, run_id, name }))
      .data;
  }

  ttpLog(): string {
    return readFileSync(join(this.directory, 'ttp', 'ttp.log'), 'utf8');
  }

  /** Text of a worker's log; empty until the log exists. */
  workerLog(folder: string): string {
    const file = join(this.directory, 'islands', folder, 'worker.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async close(): Promise<void> {
    await this.#processes.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Waits until `check` returns a result, at most for `timeoutMs`. */
export async function eventually<Value>(
  what: string,
  check: () => Value | undefined | false | Promise<Value | undefined | false>,
  timeoutMs = 15_000,
): Promise<Value> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await delay(50)) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`);
}
