import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalStore } from '@synergos/artifacts';
import { afterAll, expect, it } from 'vitest';
import { createLossFiles } from './loss-files.js';
import { noLosses, type LossHistory, type RoundLosses } from './loss-history.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-losses-'));
afterAll(() => rmSync(directory, { recursive: true }));
const scratch = createLocalStore(directory);
const losses = createLossFiles(scratch, 'kept');

const at = (round: number): RoundLosses => ({ round, train: { a: round / 8 }, evaluate: {} });
const upTo = (count: number) => Array.from({ length: count }, (_, index) => at(index + 1));

/** As a training does it: one round after another, each stored. */
async function trained(rounds: number, from: LossHistory = noLosses): Promise<LossHistory> {
  let history = from;
  for (let round = (from.rounds.at(-1)?.round ?? 0) + 1; round <= rounds; round++)
    history = await losses.store({ ...history, rounds: [...history.rounds, at(round)] });
  return history;
}
async function read(history: LossHistory): Promise<readonly RoundLosses[]> {
  const rounds: RoundLosses[] = [];
  for await (const one of losses.read(history)) rounds.push(one);
  return rounds;
}

it('every round comes back, in order, however many went into files', async () => {
  for (const rounds of [0, 1, 64, 65, 200]) expect(await read(await trained(rounds))).toEqual(upTo(rounds));
});

it('what a checkpoint holds does not grow with the rounds', async () => {
  for (const rounds of [100, 300]) expect((await trained(rounds)).rounds.length).toBeLessThanOrEqual(64);
});

it('a training that goes on from an older checkpoint has each round once', async () => {
  const older = await trained(60);
  await trained(140, older);
  expect(await read(older)).toEqual(upTo(60));
  expect(await read(await trained(140, older))).toEqual(upTo(140));
});

it('rounds of a damaged file have no losses, all others do', async () => {
  const history = await trained(140);
  await scratch.put('kept/losses-000065.json', '[{"round": 65');
  const empty = (round: number) => ({ round, train: {}, evaluate: {} });
  expect(await read(history)).toEqual(
    upTo(140).map((one) => (one.round > 64 && one.round < 129 ? empty(one.round) : one)),
  );
  await scratch.delete('kept/losses-000065.json');
  expect(await read(history)).toHaveLength(140);
});
