import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Driver } from '@synergos/driver';
import { describe, expect, it, vi } from 'vitest';
import { commandLine } from './command-line.js';
import { prepareProject, startServer, TOKEN } from './server.js';

// Every call is a separate process, and other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

const EXPERIMENT = '--collab c --project p --expt e';
const SPACE = { mu: { _type: 'choice', _value: [0.1, 0.3, 0.2] }, rounds: 4 } as const;

describe('synergos optimizations', () => {
  it('searches, shows the trials while they run, lists them and saves their files', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call, json } = cli.at(server);
    await prepareProject(server);
    const before = await call(`optimizations download ${EXPERIMENT}`);
    expect(before).toMatchObject({ code: 2, stderr: expect.stringContaining('has no optimization') });

    await writeFile(join(cli.home, 'space.json'), JSON.stringify(SPACE));
    const created = await call(
      `optimizations create ${EXPERIMENT} --search-space space.json --searcher grid --metric accuracy --mode max --trials 5`,
    );
    expect(created.code, created.stderr).toBe(0);
    expect(created.stderr).toMatch(/optimize c\/p\/e: trial 1 · mu 0\.1 · rounds 4\n/);
    expect(created.stderr).toMatch(/trial 2 after round 4 · value 0\.3\n/);
    expect(created.stderr).toMatch(/best: trial 2, optim_run_[-0-9a-f]+ · value 0\.3 · mu 0\.3 · rounds 4\n/);
    expect(created.stderr).toMatch(/completed · trial 3\/3/);
    expect(created.stdout).toMatch(/^rank +run +state +rounds +metric +value +hyperparameters\n/);
    expect(created.stdout).toMatch(
      /\n1 +optim_run_[-0-9a-f]+ +completed +4 +accuracy +0\.3 +mu 0\.3 +rounds 4\n/,
    );

    const trials = await json(`optimizations list ${EXPERIMENT}`);
    expect(trials).toMatchObject([{ trial: { rank: 1 } }, { trial: { rank: 2 } }, { trial: { rank: 3 } }]);
    expect((await json(`optimizations artifacts ${EXPERIMENT}`)).sort()).toContain('trials.csv');
    await call(`optimizations download trials.csv ${EXPERIMENT}`);
    expect((await readFile(join(cli.home, 'trials.csv'), 'utf8')).split('\r\n')).toHaveLength(5);
    const { optimization } = trials[0].trial;
    const named = `optimizations download trials.csv ${EXPERIMENT} --optimization ${optimization} -o -`;
    expect((await call(named)).stdout).toContain('optim_run_');
  });

  it('names the invalid field', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    await prepareProject(server);
    const wrong = await cli
      .at(server)
      .call([
        'optimizations',
        'create',
        ...EXPERIMENT.split(' '),
        '--search-space',
        '{"lrr": {"_type": "choice", "_value": [1, 2]}}',
        '--json',
      ]);
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('search_space.lrr');
  });
});

it('driver.optimizations resolves with the trials, the best first', async () => {
  await using server = await startServer();
  await prepareProject(server);
  const driver = new Driver({ url: server.url, token: TOKEN });
  const ids = { collab_id: 'c', project_id: 'p', expt_id: 'e' };
  const types: string[] = [];
  const [best, ...others] = await driver.optimizations.create(
    { ...ids, search_space: SPACE, searcher: 'grid', metric: 'accuracy' },
    { onEvent: ({ type }) => types.push(type) },
  );
  expect(best).toMatchObject({ mu: 0.3, trial: { best: true, state: 'completed' } });
  expect(others).toHaveLength(2);
  expect(types.filter((type) => type === 'trial_reported')).toHaveLength(3);
  const optimization_id = best?.trial.optimization ?? '';
  expect(await driver.optimizations.artifacts({ ...ids, optimization_id })).toContain('trials.csv');
  const table = await driver.optimizations.download({ ...ids, optimization_id, name: 'trials.csv' });
  expect(Buffer.from(table).toString()).toContain(best?.run_id);
  const [job] = await driver.optimizations.start({ ...ids, search_space: SPACE });
  await driver.jobs.wait({ job_id: job ?? '' });
  expect(await driver.optimizations.readAll(ids)).toHaveLength(13);
});
