import Table from 'cli-table3';
import colors from 'picocolors';
import type { Job } from '@synergos/driver';

/** State of a trial's training. */
export interface Row {
  readonly name: string;
  readonly lr: string;
  readonly state: Job['state'];
  readonly holder: string | null;
  readonly round: number | undefined;
}

/** The current work of each TTP, overwritten in place on a terminal; elsewhere, one line per change. */
export class LiveTable {
  #lines = 0;
  readonly #before = new Map<string, string>();

  show(rows: readonly Row[]): void {
    if (process.stdout.isTTY) this.#redraw(rows);
    else this.#tellChanges(rows);
  }

  #redraw(rows: readonly Row[]): void {
    const table = new Table({
      head: ['trial', 'lr', 'state', 'TTP', 'round'],
      style: { head: ['bold'], compact: true },
    });
    for (const { name, lr, state, holder, round } of rows) {
      const paint = state === 'running' ? colors.yellow : state === 'completed' ? colors.green : colors.dim;
      table.push([name, lr, paint(state), holder ?? '–', String(round ?? '')]);
    }
    const text = table.toString();
    if (this.#lines > 0) process.stdout.write(`\x1b[${this.#lines}A\x1b[J`);
    process.stdout.write(`${text}\n`);
    this.#lines = text.split('\n').length;
  }

  #tellChanges(rows: readonly Row[]): void {
    for (const { name, lr, state, holder } of rows) {
      const line = `  ${name}  lr ${lr}  ${state}${holder === null ? '' : ` on ${holder}`}`;
      if (state !== 'queued' && this.#before.get(name) !== line) console.log(line);
      this.#before.set(name, line);
    }
  }
}
