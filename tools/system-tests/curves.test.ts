import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Driver } from '@synergos/driver';
import { Processes } from '@synergos/example-penguins/processes';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Curves of an independent reference; the file names its source. */
const fixture = new URL('../../packages/fed-algorithms/test/fixtures/synthetic-1-1.json', import.meta.url);
const synthetic = JSON.parse(readFileSync(fixture, 'utf8')) as {
  devices: { x: number[][]; y: number[] }[];
  cases: {
    id: string;
    hyper: { lr: number; E: number; B: number };
    expected: { history: { round: number; loss: number; accuracy: number }[] };
  }[];
};
const IDS = { collab_id: 'reference', project_id: 'synthetic' };
const EXPERIMENT = 'softmax-regression';
const FEATURES = Array.from({ length: 20 }, (_, index) => `x${String(index).padStart(2, '0')}`);

const directory = mkdtempSync(join(tmpdir(), 'synergos-curves-'));
const processes = new Processes();
let driver: Driver;

beforeAll(async () => {
  const ttp = await processes.startBasic(directory);
  driver = new Driver({ url: ttp.url, token: ttp.adminToken });
  await driver.collaborations.create({ collab_id: IDS.collab_id });
  await driver.projects.create({ ...IDS, action: 'classify' });
  const structure = { in_features: 1, out_features: 5 };
  await driver.experiments.create({
    ...IDS,
    expt_id: EXPERIMENT,
    model: [{ l_type: 'Linear', structure, activation: 'softmax', is_input: true }],
  });
  for (const [index, device] of synthetic.devices.entries()) {
    const participant_id = `device-${index}`;
    await driver.participants.create({ participant_id });
    await driver.registrations.create({ ...IDS, participant_id, role: 'guest' });
    await driver.tags.create({ ...IDS, participant_id, train: [['all']], evaluate: [['all']] });
    const { token } = await driver.participants.issueToken({ participant_id });
    const folder = join(directory, participant_id);
    writeDevice(join(folder, 'data', 'all'), device);
    processes.startWorker(folder, {
      id: participant_id,
      ttp: ttp.dataUrl,
      token,
      dataDir: join(folder, 'data'),
    });
  }
}, 120_000);
afterAll(async () => {
  await processes.stop();
  rmSync(directory, { recursive: true, force: true });
});

it.each([
  ['fedavg-full', { algorithm: 'FedAvg' }],
  ['fedprox-mu1', { algorithm: 'FedProx', mu: 1 }],
  ['scaffold-full', { algorithm: 'SCAFFOLD' }],
])(
  '%s: twenty rounds of ten workers follow the reference to 1e-3',
  async (id, change) => {
    const { hyper, expected } = synthetic.cases.find((one) => one.id === id)!;
    const ids = { ...IDS, expt_id: EXPERIMENT, run_id: id };
    await driver.runs.create({
      ...ids,
      ...change,
      rounds: expected.history.length,
      epochs: hyper.E,
      batch_size: hyper.B,
      lr: hyper.lr,
      lr_scheduler: 'none',
      criterion: 'NLLLoss',
      patience: 1000,
      shuffle: false,
      initial_weights: 'zeros',
    });
    const seen = new Map<number, { loss: number; score: number }>();
    await driver.models.create(ids, {
      onEvent: (event) => {
        if (event.type !== 'metric') return;
        seen.set(Number(event.round), { loss: Number(event.loss), score: Number(event.score) });
      },
    });
    for (const { round, loss, accuracy } of expected.history) {
      expect(Math.abs(seen.get(round)!.loss - loss), `loss of round ${round}`).toBeLessThan(1e-3);
      // One row of 1,081 may be classified differently in float32.
      expect(Math.abs(seen.get(round)!.score - accuracy), `accuracy of round ${round}`).toBeLessThan(1e-3);
    }
  },
  300_000,
);

/** A device's rows as a participant's folder, unscaled. */
function writeDevice(folder: string, { x, y }: { x: number[][]; y: number[] }): void {
  mkdirSync(folder, { recursive: true });
  const schema = { ...Object.fromEntries(FEATURES.map((name) => [name, 'float64'])), target: 'category' };
  const rows = x.map((row, index) => [...row, y[index]].join(','));
  writeFileSync(join(folder, 'metadata.json'), '{"datatype": "tabular", "operations": {"scaling": "none"}}');
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(schema));
  writeFileSync(join(folder, 'data.csv'), [[...FEATURES, 'target'].join(','), ...rows, ''].join('\n'));
}
