import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { administer, describeOnPostgres, emptyPostgres } from '../../packages/artifacts/test/databases.js';
import { EXPERIMENT, Federation, IDS } from './federation.js';

const BASIC = join(import.meta.dirname, '..', '..', 'apps', 'basic', 'dist', 'main.js');

describeOnPostgres(() => {
  let url: string;
  let federation: Federation;
  beforeEach(async () => {
    url = await emptyPostgres();
    federation = new Federation();
    onTestFinished(() => federation.close());
  });

  /** A command of the basic TTP with the federation's options. */
  const basic = (...args: string[]) => {
    const folders = ['data', 'outputs'].flatMap((name) => [
      `--${name}-dir`,
      join(federation.directory, 'other', name),
    ]);
    const ports = args[0] === 'check' ? [] : ['--port', '0', '--data-port', '0'];
    return spawnSync(process.execPath, [BASIC, ...args, ...folders, ...ports], {
      encoding: 'utf8',
      timeout: 20_000,
    });
  };

  it('a training ends with the same model after a kill of the TTP and the end of its sessions', async () => {
    await federation.start({ ttp: ['--database', url] });
    const weights: Float32Array[] = [];
    for (const [run, disturb] of [
      ['undisturbed', async () => undefined],
      ['ttp-killed', () => federation.restartTtp()],
      [
        'sessions-ended',
        () =>
          administer(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = '${new URL(url).pathname.slice(1)}'`,
          ),
      ],
    ] as const) {
      await federation.createRun(run);
      let disturbed: Promise<void> | undefined;
      await federation.train(run, ({ type, round }) => {
        if (type === 'round_started' && round === 4) disturbed ??= delay(60).then(disturb);
      });
      await disturbed;
      expect(disturbed).toBeDefined();
      weights.push(await federation.weights(run));
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
    expect(existsSync(join(federation.directory, 'ttp', 'data', 'records.sqlite'))).toBe(false);
    const model = await federation.driver.models.read({ ...IDS, expt_id: EXPERIMENT, run_id: 'ttp-killed' });
    expect(model.global.path).toContain('global_model.safetensors');
    expect(federation.ttpLog()).not.toContain(new URL(url).password);
  }, 90_000);

  it('a second TTP on one database is refused and does not disturb the first', async () => {
    await federation.start({ ttp: ['--database', url] });
    const { status, stderr } = basic('--database', url);
    expect(stderr).toMatch(
      /^error: another process works on the database postgres:\/\/127\.0\.0\.1:\d+\/\S+; .*\n$/,
    );
    expect(status).toBe(2);
    expect(await federation.driver.collaborations.readAll()).toHaveLength(1);
    expect(basic('check', '--database', url)).toMatchObject({ status: 0, stderr: '' });
  });

  describe('a database that cannot be opened', () => {
    it.each([
      ['another scheme', (at: URL) => at.href.replace('postgres:', 'mysql:'), /'mysql:' is none/],
      ['an unreachable server', (at: URL) => Object.assign(at, { port: '1' }).href, /ECONNREFUSED/],
      [
        'a wrong password',
        (at: URL) => Object.assign(at, { password: 'hunter2' }).href,
        /password authentication/,
      ],
      [
        'an unknown database',
        (at: URL) => Object.assign(at, { pathname: '/nowhere' }).href,
        /"nowhere" does not exist/,
      ],
    ])('prints one line and exits with code 2: %s', (_, change, says) => {
      const wrong = change(new URL(url));
      for (const command of [[], ['check']]) {
        const { status, stdout, stderr } = basic(...command, '--database', wrong);
        expect(stderr).toMatch(/^error: .*\n$/);
        expect(stderr).toMatch(says);
        expect(status).toBe(2);
        for (const secret of ['hunter2', new URL(url).password])
          expect(stdout + stderr).not.toContain(secret);
      }
    });
  });
});
