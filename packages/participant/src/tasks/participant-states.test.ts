import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@synergos/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ParticipantStates } from './participant-states.js';

const key = { collab: 'c', project: 'p', expt: 'e', run: 'r' };
const of = (value: number) => ({ c_k: Float32Array.of(value, -value), local: Float32Array.of(value) });

let directory: string;
let warnings: string[];
let states: ParticipantStates;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'states-'));
  warnings = [];
  states = open();
});
afterEach(() => rm(directory, { recursive: true }));

const open = () =>
  new ParticipantStates(directory, {
    ...silentLogger,
    warn: (_fields, message) => void warnings.push(message),
  });
const files = () => readdir(join(directory, 'c', 'p', 'e', 'r', 'state'));
/** Rounds one after another, each from the one before it. */
async function train(from: number, to: number) {
  for (let round = from; round <= to; round++) await states.save(key, { round, base: round - 1 }, of(round));
}

describe('participant states', () => {
  it('are available in the next round, also after a restart', async () => {
    await states.save(key, { round: 1, base: 0 }, of(7));
    expect(await open().latest(key, 1)).toEqual(of(7));
    expect(warnings).toEqual([]);
  });

  it('of a round are the newest up to it, if the participant missed rounds', async () => {
    await states.save(key, { round: 2, base: 0 }, of(2));
    await states.save(key, { round: 5, base: 2 }, of(5));
    expect(await states.latest(key, 4)).toEqual(of(2));
    expect(await states.latest(key)).toEqual(of(5));
  });

  it('follow a TTP that returns to an earlier checkpoint', async () => {
    await train(1, 4);
    expect(await states.latest(key, 3)).toEqual(of(3));
    await states.save(key, { round: 4, base: 3 }, of(40));
    expect(await states.latest(key, 4)).toEqual(of(40));
  });

  it('are logged if missing, and training starts from zero state', async () => {
    await train(1, 2);
    await rm(directory, { recursive: true });
    expect(await states.latest(key, 2)).toBeUndefined();
    expect(warnings).toEqual(['the state of this participant is missing: training starts from zero state']);
    await states.save(key, { round: 3, base: 2 }, of(3));
    expect(await states.latest(key, 3)).toEqual(of(3));
  });

  it('are removed except for two older than the base', async () => {
    await train(1, 20);
    // The base of round 20 is round 19; 17 and 18 are older.
    expect((await files()).sort()).toEqual([17, 18, 19, 20].map((round) => `round-0000${round}.safetensors`));
  });

  it('are separate for each run, and cleared for the run that is trained anew', async () => {
    const other = { ...key, run: 'other' };
    await states.save(key, { round: 1, base: 0 }, of(1));
    await states.save(other, { round: 1, base: 0 }, of(2));
    await states.clear(key);
    expect(await states.latest(key)).toBeUndefined();
    expect(await states.latest(other, 1)).toEqual(of(2));
    await states.clear(key);
  });

  it('ignore a file that a dying process wrote partly', async () => {
    await train(1, 1);
    await writeFile(join(directory, 'c', 'p', 'e', 'r', 'state', '.tmp-half'), 'half');
    expect(await states.latest(key, 5)).toEqual(of(1));
  });
});
