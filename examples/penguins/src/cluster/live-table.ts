import Table from 'cli-table3';
import colors from 'picocolors';
import type { Job } from '@synergos/driver';

export interface Trial {
  readonly run: string;
  readonly lr: number;
  readonly job: string;
}

/** Which TTP does what, written over on a terminal; elsewhere a line where something changed. */
export class LiveTable {
  readonly #trials: readonly Trial[];
  #lines = 0;
  #before = new Map<string, string>();

  constructor(trials: readonly Trial[]) {
    this.#trials = trials;
  }

  show(jobs: ReadonlyMap<string, Job>, rounds: ReadonlyMap<string, number>): void {
    if (process.stdout.isTTY) this.#redraw(jobs, rounds);
    else this.#tellChanges(jobs);
  }

  #redraw(jobs: ReadonlyMap<string, Job>, rounds: ReadonlyMap<string, number>): void {
    const table = new Table({
      head: ['trial', 'lr', 'state', 'TTP', 'round'],
      style: { head: ['bold'], compact: true },
    });
    for (const { run, lr, job } of this.#trials) {
      const { state = 'queued', holder = null } = jobs.get(job) ?? {};
      const paint = state === 'running' ? colors.yellow : state === 'completed' ? colors.green : colors.dim;
      table.push([run, lr.toFixed(4), paint(state), holder ?? '–', String(rounds.get(job) ?? '')]);
    }
    const text = table.toString();
    if (this.#lines > 0) process.stdout.write(`\x1b[${this.#lines}A\x1b[J`);
    process.stdout.write(`${text}\n`);
    this.#lines = text.split('\n').length;
  }

  #tellChanges(jobs: ReadonlyMap<string, Job>): void {
    for (const { run, lr, job } of this.#trials) {
      const { state = 'queued', holder = null } = jobs.get(job) ?? {};
      const line = `  ${run}  lr ${lr.toFixed(4)}  ${state}${holder === null ? '' : ` on ${holder}`}`;
      if (state !== 'queued' && this.#before.get(job) !== line) console.log(line);
      this.#before.set(job, line);
    }
  }
}
