import { namesIn } from '@synergos/artifacts';
import { describe, expect, it, vi } from 'vitest';
import { E, P, prepareProject, R, registrationOf, startServer, TRAIN } from './server.js';

// Each optimization draws a plot in a separate thread.
vi.setConfig({ testTimeout: 60_000 });

const PATH = `${TRAIN}/models/e/optimizations`;
const SEARCH = {
  search_space: { mu: { _type: 'choice', _value: [0.1, 0.3, 0.2] }, rounds: 9 },
  searcher: 'grid',
  metric: 'accuracy',
  optimize_mode: 'max',
  backend: 'tune',
  dockerised: true,
};

async function prepared() {
  const server = await startServer();
  await prepareProject(server);
  return server;
}

describe('a search for hyperparameters', () => {
  it('aligns, creates a run for each trial, and returns them, the best first', async () => {
    await using server = await prepared();
    const { status, json } = await server.call('POST', `${PATH}/`, SEARCH);
    expect(status, json.message).toBe(201);
    expect(json).toMatchObject({ method: 'optimizations.post', params: { expt_id: 'e' } });
    expect(json.data).toMatchObject([
      { kind: 'Run', mu: 0.3, rounds: 9, trial: { rank: 1, best: true, value: 0.3, state: 'completed' } },
      { kind: 'Run', mu: 0.2, trial: { rank: 2, best: false } },
      { kind: 'Run', mu: 0.1, trial: { rank: 3, best: false } },
    ]);
    const [best] = json.data;
    expect(best.run_id).toMatch(/^optim_run_/);
    expect(best.relations.Model).toHaveLength(1);
    expect(best.relations.Validation).toHaveLength(2);
    expect((await server.call('GET', `${PATH}/`)).json.data).toEqual(json.data);
    expect((await server.call('GET', `${R}/${best.run_id}`)).json.data.trial).toEqual(best.trial);
    expect((await server.records.list('Alignment')).length).toBe(2);
  });

  it('stores its table among its files', async () => {
    await using server = await prepared();
    const { json } = await server.call('POST', PATH, SEARCH);
    const { optimization } = json.data[0].trial;
    const names = await server.call('GET', `${PATH}/${optimization}/artifacts`);
    expect(names.json.data).toContain('trials.csv');
    const { text } = await server.call('GET', `${PATH}/${optimization}/artifacts/trials.csv`);
    expect(text.split('\r\n')).toHaveLength(5);
    for (const path of [`${PATH}/nobody/artifacts`, `${PATH}/${optimization}/artifacts/trials.xls`])
      expect((await server.call('GET', path)).status).toBe(404);
    await server.call('DELETE', `${E}/e`);
    expect(await namesIn(server.artifacts, 'c/p/e')).toEqual([]);
  });

  it('is a job if the client does not wait, and its trials appear as they are created', async () => {
    await using server = await prepared();
    const headers = { prefer: 'respond-async' };
    const { status, json } = await server.call('POST', PATH, SEARCH, headers);
    expect(status).toBe(202);
    expect(json.data).toMatchObject({ kind: 'optimize', payload: { expt_id: 'e', searcher: 'grid' } });
    const job = await server.jobs.wait(json.data.id);
    expect(job.result).toMatchObject({ trials: 3, best: { value: 0.3 } });
    expect((await server.call('GET', PATH)).json.data).toHaveLength(3);
  });

  it('accepts constants, names of Ray Tune and NNI, and null for unset fields', async () => {
    await using server = await prepared();
    const { status, json } = await server.call('POST', PATH, {
      search_space: { mu: 0.2, rounds: { _type: 'choice', _value: [2] }, is_snn: false },
      is_remote: true,
      use_annotation: true,
      tuner: 'OptunaSearch',
      scheduler: 'AsyncHyperBandScheduler',
      optimize_mode: 'maximize',
      metric: null,
      max_trial_num: 2,
      max_exec_duration: '1h 30m',
      trial_concurrency: null,
    });
    expect(status, json.message).toBe(201);
    expect(json.data).toHaveLength(2);
    expect(json.ignored).toEqual(['is_snn']);
  });

  it.each([
    [90, 90_000],
    ['90', 90_000],
    ['1h 30m', 5_400_000],
  ])('accepts %j as its longest duration: a number is in seconds', async (max_exec_duration, ms) => {
    await using server = await prepared();
    await server.call('POST', PATH, { ...SEARCH, max_exec_duration }, { prefer: 'respond-async' });
    expect((await server.jobs.list())[0]?.payload.max_duration_ms).toBe(ms);
  });

  it('replaces the metric accuracy of a regression by R2, with a note', async () => {
    await using server = await prepared();
    await server.call('PUT', `${P}/p`, { action: 'regress' });
    const { json } = await server.call('POST', PATH, { ...SEARCH, metric: 'accuracy' });
    expect(json.data[0].trial).toMatchObject({ metric: 'R2', value: 1 });
    expect(json.notes).toEqual([
      "metric: 'accuracy' is a metric of classifications; R2 is used for this regression",
    ]);
  });

  it.each([
    ['search_space', {}, /./],
    [
      'search_space.mu._type',
      { search_space: { mu: { _type: 'unifrom', _value: [0, 1] } } },
      /unknown _type/,
    ],
    [
      'search_space.mu._value',
      { search_space: { mu: { _type: 'uniform', _value: [1, 1] } } },
      /low below high/,
    ],
    [
      'search_space.learning_rate',
      { search_space: { learning_rate: { _type: 'uniform', _value: [0, 1] } } },
      /no argument of runs/,
    ],
    [
      'search_space.rounds',
      { search_space: { rounds: { _type: 'randint', _value: [0, 3] } } },
      /^0: expected/,
    ],
    [
      'search_space.mu',
      { ...SEARCH, search_space: { mu: { _type: 'uniform', _value: [0, 1] } } },
      /grid needs/,
    ],
    [
      'search_space.rounds',
      { search_space: { rounds: { _type: 'choice', _value: [2, 4] } }, scheduler: 'asha' },
      /give rounds one value/,
    ],
    ['metric', { ...SEARCH, metric: 'R2' }, /no metric of action classify; there are accuracy, /],
    ['max_exec_duration', { ...SEARCH, max_exec_duration: 'an hour' }, /expected a duration such as 1h 30m/],
    ['max_exec_duration', { ...SEARCH, max_exec_duration: '0s' }, /above nothing/],
    ['max_exec_duration', { ...SEARCH, max_exec_duration: '5w' }, /at most 3w/],
    ['max_exec_duration', { ...SEARCH, max_exec_duration: 0 }, /a number of seconds, above nothing/],
    ['max_exec_duration', { ...SEARCH, max_exec_duration: 1_814_401 }, /at most 3w/],
    ['optimize_mode', { ...SEARCH, optimize_mode: 'best' }, /max or min/],
    [
      'searcher',
      { ...SEARCH, searcher: 'guess' },
      /unknown searcher 'guess'; there are random, grid, halton, tpe/,
    ],
    ['tuner', { ...SEARCH, tuner: 'tpe' }, /give one of them/],
    ['scheduler', { ...SEARCH, scheduler: 'guess' }, /unknown scheduler 'guess'/],
    ['max_trial_num', { ...SEARCH, max_trial_num: 0 }, />=1/],
    ['backend', { ...SEARCH, backend: 'elsewhere' }, /tune/],
  ])('is rejected at %s before a job is created: %j', async (path, body, message) => {
    await using server = await prepared();
    const { status, json } = await server.call('POST', PATH, body);
    expect(status).toBe(400);
    expect(json.errors).toContainEqual({ path, message: expect.stringMatching(message) });
    expect(await server.jobs.list()).toEqual([]);
  });

  it('needs evaluation data to rate trials', async () => {
    await using server = await prepared();
    for (const participant of ['alice', 'bob'])
      await server.call('PUT', `${registrationOf(participant)}/tags`, { evaluate: [] });
    const { status, json } = await server.call('POST', PATH, SEARCH);
    expect(status).toBe(409);
    expect(json.message).toContain("'evaluate' tags");
  });

  it('needs an experiment, participants with data, and an alignment if auto_align is false', async () => {
    await using server = await startServer();
    expect((await server.call('POST', PATH, SEARCH)).status).toBe(404);
    expect((await server.call('GET', PATH)).status).toBe(404);
    await prepareProject(server);
    const missing = await server.call('POST', PATH.replace('/e/', '/f/'), SEARCH);
    expect(missing).toMatchObject({ status: 404, json: { message: "Experiment 'c/p/f' does not exist" } });
    const unaligned = await server.call('POST', PATH, { ...SEARCH, auto_align: false });
    expect(unaligned.status).toBe(409);
    await server.call('POST', P, { project_id: 'q', action: 'classify' });
    await server.call('POST', `${P}/q/experiments`, {
      expt_id: 'e',
      model: [{ l_type: 'Linear', structure: {} }],
    });
    expect((await server.call('POST', PATH.replace('/p/', '/q/'), SEARCH)).status).toBe(409);
    expect(await server.jobs.list()).toEqual([]);
  });

  it('is cancelled with its jobs when its experiment is deleted', async () => {
    let training!: () => void;
    const isTraining = new Promise<void>((resolve) => (training = resolve));
    await using server = await startServer({
      handlers: (work) => ({
        ...work,
        train: ({ signal }) =>
          new Promise((_, reject) => {
            training();
            signal.addEventListener('abort', () => reject(signal.reason as Error));
          }),
      }),
    });
    await prepareProject(server);
    await server.call('POST', PATH, SEARCH, { prefer: 'respond-async' });
    await isTraining;
    expect((await server.call('DELETE', `${E}/e`)).status).toBe(200);
    expect((await server.jobs.list()).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'optimize cancelled',
      'align completed',
      'train cancelled',
    ]);
  });
});
