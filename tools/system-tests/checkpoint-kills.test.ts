import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXPERIMENT, Federation, IDS } from './federation.js';

const RUN = { rounds: 12, epochs: 2 };
/** The files that the TTP dies writing, one after the other: a round's vector, and the record that makes it count. */
const FATAL = [
  { file: 'round-000003.safetensors', resumedAt: 2 },
  { file: 'round-000005.json', resumedAt: 4 },
  { file: 'round-000006.json', resumedAt: 5 },
  { file: 'round-000009.safetensors', resumedAt: 8 },
];

const federation = new Federation();
const fatal = join(federation.directory, 'die-writing');

beforeAll(async () => {
  writeFileSync(fatal, 'nothing');
  const manifest = createRequire(import.meta.url).resolve('@synergos/ttp-basic/package.json');
  const hook = fileURLToPath(new URL('fixtures/die-while-writing.mjs', import.meta.url));
  process.env.DIE_WRITING = fatal;
  process.env.SYNERGOS_DEMO_BASIC_COMMAND = JSON.stringify([
    process.execPath,
    '--import',
    hook,
    join(manifest, '..', 'dist', 'main.js'),
  ]);
  await federation.start();
}, 120_000);
afterAll(() => federation.close());

function temporaries(run: string): string[] {
  const outputs = join(federation.directory, 'ttp/outputs');
  const folder = join(outputs, IDS.collab_id, IDS.project_id, EXPERIMENT, run, 'checkpoints');
  return readdirSync(folder).filter((name) => name.startsWith('.tmp-'));
}

it('a TTP killed while it writes a checkpoint goes on from the one before, to the same model', async () => {
  await federation.createRun('undisturbed', RUN);
  await federation.train('undisturbed');
  const expected = await federation.weights('undisturbed');

  await federation.createRun('disturbed', RUN);
  const resumed: number[] = [];
  const training = federation.train('disturbed', ({ type, round }) => {
    if (type === 'resumed') resumed.push(Number(round));
  });
  // Awaited below; where it fails while a death is waited for, this waits no longer.
  training.catch(() => undefined);
  for (const { file } of FATAL) {
    writeFileSync(fatal, file);
    const { process: child } = federation.basic;
    await Promise.race([once(child, 'exit'), training]);
    expect(child.signalCode, file).toBe('SIGKILL');
    expect(temporaries('disturbed')).toHaveLength(1);
    writeFileSync(fatal, 'nothing');
    await federation.restartTtp();
  }
  await training;
  expect(resumed).toEqual(FATAL.map(({ resumedAt }) => resumedAt));
  expect(await federation.weights('disturbed')).toEqual(expected);
  expect(temporaries('disturbed')).toEqual([]);
}, 300_000);
