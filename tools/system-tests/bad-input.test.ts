import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPERIMENT, eventually, Federation, IDS, kill } from './federation.js';

const federation = new Federation();
const plugin = join(import.meta.dirname, 'fixtures', 'nan-update.mjs');
beforeAll(() => federation.start({ ttp: ['--plugin', plugin], worker: ['--plugin', plugin] }), 60_000);
afterAll(() => federation.close());

/** The folder of dream's data; `name` is next to `train` and `evaluate`. */
const dreamFolder = (name: string) => join(federation.directory, 'islands', 'dream', 'penguins', name);

async function withDreamTags<Result>(train: string[], work: () => Promise<Result>): Promise<Result> {
  const ids = { ...IDS, participant_id: 'dream' };
  await federation.driver.tags.update({ ...ids, train: [train] });
  try {
    return await work();
  } finally {
    await federation.driver.tags.update({ ...ids, train: [['penguins', 'train']] });
  }
}

describe('a worker that is not admitted', () => {
  it.each([
    {
      who: 'with a wrong token',
      id: 'dream',
      token: 'syn_w_wrong',
      says: /refuses this worker: no participant 'dream' with this token is known/,
    },
    {
      who: 'of an unknown id',
      id: 'stranger',
      token: 'syn_w_wrong',
      says: /refuses this worker: no participant 'stranger' with this token is known/,
    },
  ])('$who logs the reason', async ({ id, token, says }) => {
    const isConnected = async () =>
      (await federation.driver.participants.status({ participant_id: 'dream' })).connected;
    await eventually('the real worker connects', isConnected);
    const worker = federation.startStranger({ id, token, folder: 'dream', log: `log-of-${id}` });
    const log = await eventually('a refusal', () => {
      const text = federation.workerLog(`log-of-${id}`);
      return says.test(text) ? text : undefined;
    });
    await kill(worker);
    expect(log).not.toContain('syn_w_wrong');
    expect(await isConnected()).toBe(true);
  });
});

it('a worker is disconnected at once when its token is replaced, and logs the reason', async () => {
  const participant_id = 'torgersen';
  const isConnected = async () => (await federation.driver.participants.status({ participant_id })).connected;
  await eventually('the worker connects', isConnected);
  const { token } = await federation.driver.participants.issueToken({ participant_id });
  await eventually('it is put out', async () => !(await isConnected()));
  await eventually('a refusal', () =>
    federation.workerLog(participant_id).includes("no participant 'torgersen' with this token is known"),
  );
  await federation.killWorker(participant_id);
  federation.workers.set(
    participant_id,
    federation.startStranger({
      id: participant_id,
      token,
      folder: participant_id,
      more: ['--plugin', plugin],
    }),
  );
  await eventually('the new token opens', isConnected);
});

describe('a project with invalid data', () => {
  it('rejects a tag with a name outside of the data directory', async () => {
    const tags = { train: [['..', 'biscoe', 'penguins', 'train']] };
    await expect(
      federation.driver.tags.update({ ...IDS, participant_id: 'dream', ...tags }),
    ).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/train\.0.*data directory/),
    });
  });

  it('rejects a tag with a symbolic link out of the data directory', async () => {
    symlinkSync(join(federation.directory, 'islands', 'biscoe', 'penguins', 'train'), dreamFolder('link'));
    await withDreamTags(['penguins', 'link'], async () => {
      await expect(federation.driver.alignments.create(IDS)).rejects.toThrow(/dream: .*symbolic link/);
    });
  });

  it('names folder and column of a CSV that does not match its schema', async () => {
    mkdirSync(dreamFolder('broken'));
    cpSync(dreamFolder('train'), dreamFolder('broken'), { recursive: true });
    const csv = join(dreamFolder('broken'), 'data.csv');
    writeFileSync(csv, readFileSync(csv, 'utf8').replace('body_mass_g', 'weight'));
    await withDreamTags(['penguins', 'broken'], async () => {
      await expect(federation.driver.alignments.create(IDS)).rejects.toThrow(
        /dream: .*broken.*'body_mass_g'/,
      );
    });
    expect(federation.workerLog('dream')).toContain('body_mass_g');
  });
});

describe('an invalid model', () => {
  const linear = (in_features: number, out_features: number) => ({
    l_type: 'Linear',
    structure: { in_features, out_features },
    activation: 'relu',
    is_input: false,
  });

  it('is rejected if its layers do not match', async () => {
    const model = [linear(4, 8), linear(5, 3)];
    await expect(
      federation.driver.experiments.create({ ...IDS, expt_id: 'unfit', model }),
    ).rejects.toMatchObject({
      status: 422,
      errors: [{ path: 'model.1.structure.in_features' }],
    });
  });

  it('is rejected if a layer type does not exist, with a list of the known types', async () => {
    const model = [{ ...linear(4, 3), l_type: 'Liner' }];
    await expect(federation.driver.experiments.create({ ...IDS, expt_id: 'unknown', model })).rejects.toThrow(
      /Liner.*Linear.*Conv2d/s,
    );
  });
});

it.each([
  [
    'a criterion that does not fit the output',
    { criterion: 'PoissonNLLLoss' },
    /softmax output .*: use .*NLLLoss/,
  ],
  ['a cut that leaves the TTP no layer', { algorithm: 'FedSplit' }, /L: the model has 1 layers/],
])('%s fails the training with 422 and the expected value', async (what, change, says) => {
  const run_id = what.split(' ').join('-');
  await federation.createRun(run_id, change);
  await expect(federation.train(run_id)).rejects.toMatchObject({
    status: 422,
    message: expect.stringMatching(says) as string,
  });
});

describe('an update that is not finite', () => {
  it('is dropped with its reason, and the run continues without that participant', async () => {
    await federation.createRun('nan', { algorithm: 'NanAtDream', rounds: 2, epochs: 1, min_updates: 2 });
    const dropped: unknown[] = [];
    await federation.train('nan', (event) => {
      if (event.type === 'participant_dropped') dropped.push(event);
    });
    expect(dropped).toHaveLength(2);
    expect(dropped[0]).toMatchObject({
      participant: 'dream',
      code: expect.stringMatching(/not_finite|diverged/),
    });
    expect((await federation.weights('nan')).every(Number.isFinite)).toBe(true);
  });

  it('fails the run with a readable reason if too few others are left', async () => {
    await federation.createRun('nan-all', { algorithm: 'NanAtDream', rounds: 2, epochs: 1, min_updates: 3 });
    await expect(federation.train('nan-all')).rejects.toThrow(/got 2 of at least 3 updates: dream/);
  });

  it('leaves the TTP ready for the next run', async () => {
    await federation.createRun('after', { rounds: 1, epochs: 1 });
    await federation.train('after');
    const model = await federation.driver.models.read({ ...IDS, expt_id: EXPERIMENT, run_id: 'after' });
    expect(model.global.path).toContain('global_model.safetensors');
  });
});

describe('an invalid start', () => {
  const require = createRequire(import.meta.url);
  const basic = join(dirname(require.resolve('@synergos/ttp-basic/package.json')), 'dist', 'main.js');
  const start = (...args: string[]) => {
    const directory = join(federation.directory, 'other');
    const folders = ['--data-dir', join(directory, 'data'), '--outputs-dir', join(directory, 'outputs')];
    return spawnSync(process.execPath, [basic, ...folders, ...args], { encoding: 'utf8', timeout: 20_000 });
  };

  it('reports that another TTP uses the same records, and exits with code 2', async () => {
    const data = join(federation.directory, 'ttp', 'data');
    const { status, stderr } = start('--data-dir', data, '--port', '0', '--data-port', '0');
    expect(stderr).toBe(
      `error: another process works on the database ${join(data, 'records.sqlite')}; stop it, or choose another database\n`,
    );
    expect(status).toBe(2);
    expect(await federation.driver.collaborations.readAll()).toHaveLength(1);
  });

  it.each(['--port', '--data-port'])('says that %s is in use, and ends with 2', (option) => {
    const { port } = new URL(federation.basic.url);
    const other = option === '--port' ? ['--data-port', '0'] : ['--port', '0'];
    const { status, stderr } = start(option, port, ...other);
    expect(stderr).toMatch(new RegExp(`^error: port ${port} on 127.0.0.1 is in use; .*${option}\n$`));
    expect(status).toBe(2);
  });

  it.each([
    [['--port', 'http'], /--port.*whole number/],
    [['--auth', 'maybe'], /--auth.*token, none/],
    [['--plugin', 'no-such-plugin'], /no-such-plugin/],
    [['--tls-cert', 'cert.pem'], /--tls-key/],
    [['--database', 'mysql://u:hunter2@h/d'], /^(?!.*hunter2).*postgres:\/\/USER/],
    [['--database', 'postgres://u:hunter2@127.0.0.1:1/d'], /^(?!.*hunter2).*127\.0\.0\.1:1\/d.*ECONNREFUSED/],
  ])('rejects %j with one clear line', (args, says) => {
    const { status, stderr } = start('--port', '0', '--data-port', '0', ...args);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(says);
    expect(status).toBe(2);
  });
});
