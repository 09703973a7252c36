import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Driver } from '@synergos/driver';
import { createTrial, register } from '@synergos/example-penguins/dist/federation.js';
import { islands, writeShards } from '@synergos/example-penguins/dist/penguins.js';
import { Processes } from '@synergos/example-penguins/dist/processes.js';
import type { PrivateRabbitmq } from '@synergos/services';

export interface SpeedUp {
  readonly oneSeconds: number;
  readonly twoSeconds: number;
  /** Whether each grid had a core of its own. */
  readonly pinned: boolean;
}

/** Most of a training's time is the participants' own. */
const TRAINING = { rounds: 8, lr: 0.1, epochs: 60 };

/** Equal trainings on one grid of a TTP and three workers, then on two; each grid on a core of its own. */
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
    const { url, adminToken } = await processes.startDirector(director, rabbitmq.port);
    const driver = new Driver({ url, token: adminToken });
    const tokens = await register(driver, 2);
    const startGrid = async (grid: number) => {
      const home = join(directory, `grid-${grid}`);
      mkdirSync(home);
      const settings = { id: `ttp-${grid}`, grid, queuePort: rabbitmq.port, director };
      const ttp = await processes.startCluster(home, settings);
      pin(ttp.process.pid, grid);
      for (const island of islands) {
        const own = join(home, island);
        mkdirSync(own);
        const dataDir = join(directory, 'islands', island);
        pin(
          processes.startWorker(own, { id: island, ttp: ttp.dataUrl, token: tokens[island], dataDir }).pid,
          grid,
        );
      }
    };
    const trainAll = async (name: string) => {
      const startedMs = performance.now();
      const jobs: string[] = [];
      for (let index = 0; index < trainings; index++)
        jobs.push(await createTrial(driver, `${name}-${index}`, TRAINING));
      for (const job_id of jobs) await driver.jobs.wait({ job_id });
      return (performance.now() - startedMs) / 1000;
    };
    await startGrid(0);
    await driver.alignments.create({ collab_id: 'palmer-station', project_id: 'penguins' });
    // What a process does for the first time takes longer.
    await trainAll('warm');
    const oneSeconds = await trainAll('one');
    await startGrid(1);
    await trainAll('warm-both');
    return { oneSeconds, twoSeconds: await trainAll('two'), pinned };
  } finally {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
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
