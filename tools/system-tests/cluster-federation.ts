import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Driver } from '@synergos/driver';
import { register } from '@synergos/example-penguins/federation';
import { islands, writeShards, type Island } from '@synergos/example-penguins/penguins';
import { Processes, type ClusterTtp, type Director } from '@synergos/example-penguins/processes';
import { decodeSafetensors } from '@synergos/rpc-core';
import { freePort, PrivateRabbitmq } from '@synergos/services';
import { EXPERIMENT, IDS, kill, RUN } from './federation.js';

/** A director, RabbitMQ, and grids of a TTP and three workers each, on the penguins: all are real processes. */
export class ClusterFederation {
  readonly directory = mkdtempSync(join(tmpdir(), 'synergos-cluster-'));
  readonly ttps: ClusterTtp[] = [];
  readonly #processes = new Processes();
  readonly #workers = new Map<string, ChildProcess>();
  #rabbitmq: PrivateRabbitmq | undefined;
  #director: Director | undefined;
  #tokens: Record<Island, string> | undefined;
  #options: readonly string[] = [];
  #ttpOptions: readonly string[] = [];

  get rabbitmq(): PrivateRabbitmq {
    if (this.#rabbitmq === undefined) throw new Error('RabbitMQ has not been started');
    return this.#rabbitmq;
  }

  get director(): Director {
    if (this.#director === undefined) throw new Error('the director has not been started');
    return this.#director;
  }

  get driver(): Driver {
    return new Driver({ url: this.director.url, token: this.director.adminToken });
  }

  /** Tokens of the workers. */
  get tokens(): readonly string[] {
    return Object.values(this.#tokens ?? {});
  }

  /**
   * `options`: of all processes; `ttpOptions`: of the director and the TTPs. With `brokerAway`, RabbitMQ's port is
   * closed until it is resumed.
   */
  async start({
    grids,
    options = [],
    ttpOptions = [],
    brokerAway = false,
  }: {
    readonly grids: number;
    readonly options?: readonly string[];
    readonly ttpOptions?: readonly string[];
    readonly brokerAway?: boolean;
  }): Promise<void> {
    this.#options = options;
    this.#ttpOptions = [...options, ...ttpOptions];
    this.#rabbitmq = await PrivateRabbitmq.start();
    if (brokerAway) await this.#rabbitmq.pause();
    writeShards(join(this.directory, 'islands'));
    mkdirSync(join(this.directory, 'director'));
    this.#director = await this.#processes.startDirector(this.#at('director'), this.rabbitmq.port, [
      ...this.#ttpOptions,
      '--port',
      String(await freePort()),
    ]);
    this.#tokens = await register(this.driver, grids);
    for (let grid = 0; grid < grids; grid++) {
      await this.startTtp(grid);
      for (const island of islands) this.startWorker(grid, island);
    }
  }

  /** Starts the TTP of a grid, on the port that its workers dial. */
  async startTtp(grid: number, more: readonly string[] = [], queuePort = this.rabbitmq.port): Promise<void> {
    const directory = this.#at(`ttp-${grid}`);
    mkdirSync(directory, { recursive: true });
    const before = this.ttps[grid];
    const dataPort = before === undefined ? await freePort() : new URL(before.dataUrl).port;
    const ports = ['--port', String(await freePort()), '--data-port', String(dataPort)];
    this.ttps[grid] = await this.#processes.startCluster(directory, {
      id: `ttp-${grid}`,
      grid,
      queuePort,
      director: this.#at('director'),
      more: ['--lease', '3', '--drain', '0', ...this.#ttpOptions, ...ports, ...more],
    });
  }

  async killTtp(grid: number): Promise<void> {
    const ttp = this.ttps[grid];
    if (ttp !== undefined) await kill(ttp.process);
  }

  startWorker(grid: number, island: Island): void {
    const directory = this.#at(`worker-${grid}-${island}`);
    mkdirSync(directory, { recursive: true });
    const worker = this.#processes.startWorker(directory, {
      id: island,
      ttp: this.ttps[grid]?.dataUrl ?? '',
      token: this.#tokens?.[island] ?? '',
      dataDir: join(this.directory, 'islands', island),
      more: this.#options,
    });
    this.#workers.set(`${grid} ${island}`, worker);
  }

  async killWorker(grid: number, island: Island): Promise<void> {
    const worker = this.#workers.get(`${grid} ${island}`);
    if (worker !== undefined) await kill(worker);
  }

  /** Kills the director and restarts it on the same port. */
  async restartDirector(): Promise<void> {
    const { process, url } = this.director;
    await kill(process);
    const port = [...this.#ttpOptions, '--port', new URL(url).port];
    this.#director = await this.#processes.startDirector(this.#at('director'), this.rabbitmq.port, port);
  }

  async createRun(run_id: string, change: object = {}): Promise<void> {
    await this.driver.runs.create({ ...IDS, expt_id: EXPERIMENT, run_id, ...RUN, ...change });
  }

  /** The global model's weights. */
  async weights(run_id: string): Promise<Float32Array> {
    const name = 'global_model.safetensors';
    return decodeSafetensors(await this.driver.models.download({ ...IDS, expt_id: EXPERIMENT, run_id, name }))
      .data;
  }

  /** Log text of each process, by file. */
  logs(): Readonly<Record<string, string>> {
    const files = readdirSync(this.directory).flatMap((folder) =>
      readdirSync(this.#at(folder)).flatMap((name) => (name.endsWith('.log') ? [join(folder, name)] : [])),
    );
    return Object.fromEntries(files.map((file) => [file, readFileSync(this.#at(file), 'utf8')]));
  }

  async close(): Promise<void> {
    await this.#processes.stop();
    await this.#rabbitmq?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #at(name: string): string {
    return join(this.directory, name);
  }
}
