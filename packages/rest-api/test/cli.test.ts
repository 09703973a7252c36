import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeManifest } from '@synergos/artifacts';
import { describe, expect, it, vi } from 'vitest';
import { commandLine } from './command-line.js';
import { prepareProject, startServer, TOKEN } from './server.js';

// Every call is a separate process, and other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

const PROJECT = '--collab c --project p';
const RUN = `${PROJECT} --expt e --run r`;

const MANIFEST = {
  run: { collab: 'c', project: 'p', expt: 'e', run: 'r' },
  job: 'job',
  created_at: '2026-01-01T00:00:00.000Z',
  algorithm: 'FedProx',
  arguments: { rounds: 3 },
  model: [{ l_type: 'Linear', structure: {} }],
  rounds: 3,
  parent: null,
  participants: { alice: { data_version: null } },
};

describe('synergos: records', () => {
  it('creates, reads, lists, changes and deletes every kind', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call, json } = cli.at(server);

    expect(await json('collaborations create c --mlops mlops.example.org:5500')).toMatchObject({
      kind: 'Collaboration',
      mlops: { host: 'mlops.example.org', ports: { main: 5500 } },
    });
    expect(await json('projects create --collab c --project p --action classify')).toMatchObject({
      kind: 'Project',
      action: 'classify',
    });
    const model = [{ l_type: 'Linear', structure: { in_features: 2 } }];
    await writeFile(join(cli.home, 'model.json'), JSON.stringify(model));
    await json(`experiments create e ${PROJECT} --model model.json`);
    expect(await json(`experiments read e ${PROJECT}`)).toMatchObject({ model });
    expect(await json(`runs create r ${PROJECT} --expt e --rounds 3 --set mu=0.5`)).toMatchObject({
      rounds: 3,
      mu: 0.5,
      algorithm: 'FedProx',
    });
    expect(await json(`runs update r ${PROJECT} --expt e --set rounds=4`)).toMatchObject({ rounds: 4 });
    await json(['participants', 'create', 'alice', '--summary', 'a hospital', '--category', 'x']);
    expect(
      await json(`registrations create alice ${PROJECT} --role guest --node w1:8020:8021 --node w2:8020`),
    ).toMatchObject({ n_count: 2, node_0: { host: 'w1', port: 8020, f_port: 8021 } });
    expect(
      await json(`tags create alice ${PROJECT} --train heart/train --train more --evaluate heart/test`),
    ).toMatchObject({ train: [['heart', 'train'], ['more']], evaluate: [['heart', 'test']] }); // prettier-ignore

    expect(await json('collaborations list')).toHaveLength(1);
    expect(await json('projects list --collab c')).toHaveLength(1);
    expect(await json(`experiments list ${PROJECT}`)).toHaveLength(1);
    expect(await json(`runs list ${PROJECT} --expt e`)).toHaveLength(1);
    expect(await json('participants list')).toMatchObject([{ summary: 'a hospital' }]);
    expect(await json('registrations list --participant alice')).toHaveLength(1);
    expect(await json(`tags list ${PROJECT}`)).toMatchObject([{ evaluate: [['heart', 'test']] }]);

    expect((await call(`runs list ${PROJECT} --expt e`)).stdout).toMatch(
      /^run +algorithm +rounds +epochs +lr +created\nr +FedProx +4 .*(just now|s ago)\n$/,
    );
    expect((await call('participants read alice')).stdout).toMatch(
      /Participant +alice\n[^]*summary +a hospital/,
    );
    expect((await call(`tags delete alice ${PROJECT}`)).stdout).toContain('deleted Tag c/p/alice');
    expect((await call('collaborations delete c')).stdout).toContain('and below it:');
    expect((await call('collaborations list')).stdout).toBe('no collaborations\n');
  });

  it('accepts a body with ids from text, a file or standard input; options override it', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call, json } = cli.at(server);
    await json(['collaborations', 'create', '--json-body', '{"collab_id":"c"}']);
    await writeFile(join(cli.home, 'p.json'), '{"project_id":"p","action":"regress"}');
    expect(await json('projects create --collab c --json-body p.json --action classify')).toMatchObject({
      project_id: 'p',
      action: 'classify',
    });
    const body = JSON.stringify({ model: [{ l_type: 'Linear', structure: {} }] });
    expect(await json(`experiments create e ${PROJECT} --json-body -`, body)).toMatchObject({ expt_id: 'e' });
    const twice = await call(`projects create q --collab c --json-body p.json`);
    expect(twice).toMatchObject({ code: 2, stdout: '' });
    expect(twice.stderr).toBe("error: the project is given twice, as 'q' and 'p'; give it once\n");
  });

  it('prints notes on fields and arguments without effect', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call } = cli.at(server);
    await prepareProject(server);
    const run = await call(`runs create s ${PROJECT} --expt e --set rouds=3 --json`);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('rouds') });
    const participant = await call('participants create carol --set sumary=x');
    expect(participant).toMatchObject({ code: 0, stderr: expect.stringContaining('sumary') });
  });

  it('replaces control characters in text from the TTP', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call } = cli.at(server);
    await call(['participants', 'create', 'eve', '--summary', '\u001b[2Jgone\r\n\u009b']);
    expect((await call('participants list')).stdout).not.toMatch(/[\u001b\r\u009b]/);
    expect((await call('participants read eve')).stdout).toContain('�[2Jgone');
  });
});

describe('synergos: participants', () => {
  it('issues tokens, optionally to a file, and shows the connection', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call, json } = cli.at(server);
    await prepareProject(server);
    const { stdout } = await call('participants token alice');
    expect(await server.tokens.verify('alice', stdout.trim())).toBe('ok');
    const hour = await json('participants token alice --expires-in 1h');
    expect(await server.tokens.verify('alice', hour.token)).toEqual({
      validUntil: Date.parse(hour.expires_at),
    });
    expect(await call('participants token alice --expires-in soon')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--expires-in.*expected a duration such as 45s, 90min, 12h or 30d/),
    });
    const saved = await call('participants token bob --output bob.token');
    expect(saved.stdout).toBe('saved the token of bob in bob.token\n');
    const again = await call('participants token bob --output bob.token');
    expect(again).toMatchObject({
      code: 2,
      stderr: 'error: --output: bob.token exists; give another file\n',
    });
    expect(await json('participants status alice')).toMatchObject({ connected: true });
    expect((await call('participants status alice')).stdout).toMatch(/connected +yes/);
  });
});

describe('synergos: jobs', () => {
  it('aligns, trains, validates and predicts with progress on standard error, and downloads', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call, json } = cli.at(server);
    await prepareProject(server);
    expect(await json(`alignments create ${PROJECT} --no-auto-fix`)).toHaveLength(2);
    const trained = await call(`models train ${RUN}`);
    expect(trained.stdout).toMatch(/^expt +run +model +loss history\ne +r +model +history\n$/);
    expect(trained.stderr).toContain('train c/p/e/r: round 3/3');
    expect(await json(`models list ${PROJECT}`)).toHaveLength(1);
    expect(await json(`models artifacts ${RUN}`)).toContain('global_model.safetensors');
    expect(await json(`validations create ${RUN}`)).toHaveLength(2);
    expect((await call(`validations list ${RUN}`)).stdout).toContain('R2 1');
    expect(
      await json(['predictions', 'create', ...'--participant alice --collab c --project p'.split(' '), '--tags', '{"p":[["x"]]}']), // prettier-ignore
    ).toMatchObject([{ kind: 'Prediction', predict: { tags: [['x']] } }]);
    expect(await json('predictions list --participant alice --collab c')).toHaveLength(1);

    expect((await call(`models download ${RUN}`)).stdout).toBe('saved global_model.safetensors (10 bytes)\n');
    expect(await call(`models download ${RUN}`)).toMatchObject({ code: 2 });
    expect((await call(`models download global_model.safetensors ${RUN} --output -`)).stdout).toBe(
      '0123456789',
    );
    const jobs = await json(`models train ${RUN} --detach`);
    expect(jobs).toHaveLength(1);
    expect(await call(`jobs watch ${jobs[0]}`)).toMatchObject({ code: 0 });
  });

  it('shows the lineage of a model, and exports and imports its archive', async () => {
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        train: async (context) => {
          await handlers.train!(context);
          await writeManifest(server.artifacts, MANIFEST, { 'global_model.safetensors': {} });
        },
      }),
    });
    await using cli = await commandLine();
    const { call, json, env } = cli.at(server);
    await prepareProject(server);
    await json(`models train ${RUN}`);
    expect((await call(`models lineage ${RUN}`)).stdout).toMatch(/\nc\/p\/e\/r +FedProx +3 +alice /);
    const saved = await json(`models export ${RUN} --output r.tar`);
    expect(saved).toMatchObject({ file: join(cli.home, 'r.tar'), bytes: expect.any(Number) });
    await json('projects create q --collab c --action classify');
    expect((await call('models import r.tar --collab c --project q')).stdout).toMatch(/^Model +c\/q\/e\/r\n/);
    const there = '--collab c --project q --expt e --run r';
    expect((await call(`models download ${there} -o -`)).stdout).toBe('0123456789');

    await json('projects create z --collab c --action classify');
    const piped = `synergos models export ${RUN} -o - | synergos models import - --collab c --project z --json`;
    expect(JSON.parse((await cli.bash(piped, { env })).stdout)).toMatchObject({ kind: 'Model' });
    expect(await call('models import r.tar --collab c --project z')).toMatchObject({ code: 1 });
    expect(await call('models import no.tar --collab c --project z')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no.tar cannot be read (ENOENT)'),
    });
    const nowhere = await call(`models export ${RUN} -o no/such/folder/r.tar`);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written (ENOENT)') });
  });

  it('exits with 4 if a participant contributed nothing, and names it', async () => {
    const dropped = [
      { participant_id: 'bob', updates: 0, rounds_missed: 3, code: 'absent', reason: 'it was away' },
      { participant_id: 'carol', updates: 2, rounds_missed: 1, code: 'deadline', reason: 'it was late' },
    ];
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        train: async (context) => {
          await handlers.train!(context);
          return { rounds: 3, dropped };
        },
      }),
    });
    await using cli = await commandLine();
    const { call } = cli.at(server);
    await prepareProject(server);
    const { code, stdout, stderr } = await call(`models train ${RUN}`);
    expect(code).toBe(4);
    expect(stdout).toContain('history');
    expect(stderr).toMatch(/\nwarning: participants without any update in the model: bob \(it was away\)\n$/);
    const id = (await server.jobs.list()).find(({ kind }) => kind === 'train')?.id ?? '';
    const shown = await call(`jobs show ${id}`);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/dropped +bob: no update: it was away\n/);
    expect(shown.stdout).toMatch(/dropped +carol: 2 of 3 rounds: it was late\n/);
  });

  it('watches a run as text, or as JSON lines with --json', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call } = cli.at(server);
    await prepareProject(server);
    expect(await call(`runs watch ${RUN}`)).toMatchObject({
      code: 1,
      stderr: 'error: c/p/e/r was never trained; train it with --train\n',
    });
    const live = await call(`runs watch ${RUN} --train`);
    expect(live).toMatchObject({ code: 0, stderr: '' });
    expect(live.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'align c/p: aligned · features 2 · classes –',
        'train c/p/e/r: round 1/3 · 2 updates · 500 ms',
        'train c/p/e/r: round 3/3 · 2 updates · 500 ms',
        expect.stringMatching(/^train c\/p\/e\/r: completed · round 3\/3 · \d+ ms$/),
      ]),
    );
    const again = await call(`runs watch r ${PROJECT} --expt e --json`);
    const events = again.stdout.trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    expect(events.at(-1)).toMatchObject({ type: 'completed' });
    expect(events.filter(({ type }) => type === 'round_completed')).toHaveLength(3);
  });

  it('leaves the job running at Ctrl-C, prints that, and cancels it on request', async () => {
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        align: async ({ signal, emit }) => {
          await emit('phase', { phase: 'align', participants: ['alice'] });
          await sleep(20_000, undefined, { signal });
        },
      }),
    });
    await using cli = await commandLine();
    const { json, env } = cli.at(server);
    await prepareProject(server);
    const [id] = await json(`alignments create ${PROJECT} --detach`);
    const watch = cli.start(['jobs', 'watch', id, '--json'], { env });
    let told = '';
    watch.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString()));
    watch.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes('"phase"') && watch.kill('SIGINT'));
    const code = await new Promise((resolve) => watch.on('close', resolve));
    expect(code).toBe(130);
    expect(told).toBe(`job ${id} continues; follow with \`synergos jobs watch ${id}\`, cancel with \`synergos jobs cancel ${id}\`\n`); // prettier-ignore
    expect(await json(`jobs show ${id}`)).toMatchObject({ state: 'running' });
    expect(await json('jobs --state running')).toHaveLength(1);
    expect(await json('jobs list --state completed')).toEqual([]);
    expect(await json(`jobs cancel ${id}`)).toMatchObject({ state: 'cancelled' });
  });

  it('fails with the error of a failed job', async () => {
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        align: () =>
          Promise.reject(
            Object.assign(new Error('alice is not connected'), { code: 'participants_missing' }),
          ),
      }),
    });
    await using cli = await commandLine();
    const { call } = cli.at(server);
    await prepareProject(server);
    const failed = await call(`models train ${RUN} --json`);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^error: alice is not connected\n  job: \S+\n$/);
    expect((await call('jobs --state failed')).stdout).toMatch(/align +c\/p +failed +(just now|\d+ s ago)/);
  });
});

describe('synergos: errors', () => {
  it('names every field that the TTP rejects', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { call } = cli.at(server);
    await prepareProject(server);
    const refused = await call(`runs create s ${PROJECT} --expt e --rounds 0`);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toBe('error: rounds: expected a whole number from 1\n');
    const twice = await call('projects create q --collab c --json-body {"action":1,"incentives":1}');
    expect(twice.stderr).toMatch(/^error: .*\n  action: .*\n  incentives: .*\n$/);
    expect(await call('projects read q --collab c')).toMatchObject({ code: 1, stderr: expect.stringContaining("'c/q'") }); // prettier-ignore
  });

  it('explains an invalid command line with exit code 2', async () => {
    await using cli = await commandLine();
    const wrong = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli.call(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: .*\n$/);
      return stderr;
    };
    expect(await wrong('runs', 'list', '--collab', 'c')).toContain('--project <id>');
    expect(await wrong('runs', 'crate')).toContain('create');
    expect(await wrong('projects', 'create', 'p', '--collab', '..')).toContain("'..' is not an id");
    expect(await wrong('projects', 'create', 'p', '--action', 'guess')).toContain('regress, classify');
    expect(await wrong('runs', 'create', 'r', '--rounds', 'ten')).toContain(
      "--rounds: expected a number, got 'ten'",
    );
    expect(await wrong('runs', 'create', 'r', '--set', 'lr')).toContain('name=value');
    expect(await wrong('runs', 'create', 'r', '--json-body', '{"a":')).toContain('not valid JSON');
    expect(await wrong('runs', 'create', 'r', '--json-body', 'no.json')).toContain('no.json cannot be read');
    expect(await wrong('runs', 'create', 'r', '--json-body', '[]')).toContain('object');
    expect(await wrong('models', 'train', '--collab', 'c', '--project', 'p', '--run', 'r')).toContain(
      'experiment',
    );
    expect(await wrong('registrations', 'list')).toContain('--collab or --participant');
    expect(await wrong('jobs', '--url', 'ttp.example.org:5000')).toContain('http://127.0.0.1:5000');
    expect(await wrong('jobs', '--token-file', 'none')).toContain('--token-file: none cannot be read');
  });

  it('reports an unreachable TTP with exit code 3', async () => {
    await using cli = await commandLine();
    const { code, stdout, stderr } = await cli.call('jobs --json --url http://127.0.0.1:1');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error: the TTP at http:\/\/127\.0\.0\.1:1 cannot be reached: .*--url.*\n$/);
  });

  it('ends silently when its reader closes the pipe', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    await prepareProject(server);
    const child = cli.start(['runs', 'watch', ...RUN.split(' '), '--train'], { env: cli.at(server).env });
    child.stdout!.destroy();
    let told = '';
    child.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString()));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(told).toBe('');
  });

  it('does not print an invalid token', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const { url } = server;
    for (const token of [`${TOKEN}x`, `${TOKEN}\n${TOKEN}`, `${TOKEN}\u00e9`]) {
      const { code, stdout, stderr } = await cli.call(['jobs', '--url', url], {
        env: { SYNERGOS_TOKEN: token },
      });
      expect(code).not.toBe(0);
      expect(stdout + stderr).not.toContain(TOKEN);
    }
    const withPassword = url.replace('//', `//user:${TOKEN}x@`);
    const { stderr } = await cli.call(['jobs', '--url', withPassword]);
    expect(stderr).toMatch(/log in with `synergos login`/);
    expect(stderr).not.toContain(TOKEN);
    expect((await cli.call(['jobs', '--url', `ttp://user:${TOKEN}@host`])).stderr).not.toContain(TOKEN);
  });
});
