import { execFile, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Driver } from '@synergos/driver';
import { createTrial, register } from '@synergos/example-penguins/federation';
import { islands, writeShards } from '@synergos/example-penguins/penguins';
import { Processes } from '@synergos/example-penguins/processes';
import type { PrivateRabbitmq } from '@synergos/services';
import { cpuSeconds } from './cpu-time.js';

export interface SpeedUp {
  readonly oneSeconds: number;
  readonly twoSeconds: number;
  /** CPU time for each training, in seconds; NaN if it cannot be measured. */
  readonly cpu: {
    /** Of the grid in the run with one grid. */
    readonly one: number;
    /** Of one grid in the run with two grids. */
    readonly two: number;
    /** Of director and broker in the run with two grids: they have no dedicated core. */
    readonly shared: number;
  };
  /** Whether each grid had a dedicated core. */
  readonly pinned: boolean;
}

/** Most of a training's time is the participants' own. */
const TRAINING = { rounds: 8, lr: 0.1, epochs: 60 };

/**
 * Equal trainings on two grids of a TTP and three workers each, then on one of them; each grid on a separate core. Both
 * have done as many trainings before that: what a process does for the first time takes longer.
 */
export async function measureSpeedUp(rabbitmq: PrivateRabbitmq, trainings: number): Promise<SpeedUp> {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-bench-jobs-'));
  const processes = new Processes();
  let pinned = cpus().length >= 2;
  const pin = (pid: number | undefined, core: number) => {
    pinned &&= spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]).status === 0;
  };
  try {
    writeShards(join(directory, 'islands'));
    const director = join(directory, 'director');
    mkdirSync(director);
    const { url, adminToken, ...leading } = await processes.startDirector(director, rabbitmq.port);
    const driver = new Driver({ url, token: adminToken });
    const tokens = await register(driver, 2);
    const startGrid = async (grid: number) => {
      const home = join(directory, `grid-${grid}`);
      mkdirSync(home);
      const settings = { id: `ttp-${grid}`, grid, queuePort: rabbitmq.port, director };
      const ttp = await processes.startCluster(home, settings);
      const started = [ttp.process];
      for (const island of islands) {
        const own = join(home, island);
        mkdirSync(own);
        const dataDir = join(directory, 'islands', island);
        const settings = { id: island, ttp: ttp.dataUrl, token: tokens[island], dataDir };
        started.push(processes.startWorker(own, settings));
      }
      for (const { pid } of started) pin(pid, grid);
      return started;
    };
    const leaders = () => cpuSeconds([leading.process.pid, rabbitmq.group]) ?? NaN;
    const grids = () => cpuSeconds([...first, ...second].map(({ pid }) => pid)) ?? NaN;
    const trainAll = async (name: string, count = trainings) => {
      const startedMs = performance.now();
      const jobs: string[] = [];
      for (let index = 0; index < count; index++)
        jobs.push(await createTrial(driver, `${name}-${index}`, TRAINING));
      for (const job_id of jobs) await driver.jobs.wait({ job_id });
      return (performance.now() - startedMs) / 1000;
    };
    const first = await startGrid(0);
    const second = await startGrid(1);
    await driver.alignments.create({ collab_id: 'palmer-station', project_id: 'penguins' });
    await trainAll('warm', 3 * trainings);
    const before = { grids: grids(), leaders: leaders() };
    const twoSeconds = await trainAll('two');
    const two = (grids() - before.grids) / trainings;
    const shared = (leaders() - before.leaders) / trainings;
    await end(second);
    const beforeOne = grids();
    const oneSeconds = await trainAll('one');
    const one = (grids() - beforeOne) / trainings;
    return { oneSeconds, twoSeconds, cpu: { one, two, shared }, pinned };
  } finally {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
}

const BUSY_MS = 3000;

/** How much more two cores of this machine compute at once than one of them alone: more than that no second grid can bring. */
export async function measureCores(): Promise<number> {
  const busy = fileURLToPath(new URL('busy.js', import.meta.url));
  const run = async (core: number) => {
    const command = ['-c', String(core), process.execPath, busy, String(BUSY_MS)];
    return Number((await promisify(execFile)('taskset', command)).stdout);
  };
  const alone = await run(0);
  const [first, second] = await Promise.all([run(0), run(1)]);
  return (first + second) / alone;
}
