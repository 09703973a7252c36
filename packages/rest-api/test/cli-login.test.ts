import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Job } from '@synergos/scaling';
import { describe, expect, it, vi } from 'vitest';
import { commandLine } from './command-line.js';
import { startServer, TOKEN } from './server.js';

// Every call is a separate process, and other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

describe('synergos login', () => {
  it('saves address and token, from standard input or a file, readable by the owner only', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const file = join(cli.home, 'config', 'synergos', 'config.json');
    const login = await cli.call(['login', '--url', `${server.url}/`], { input: `${TOKEN}\n` });
    expect(login).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `logged in at ${server.url}; saved in ${file}\n`,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: server.url, token: TOKEN });
    expect(await cli.call('collaborations create c')).toMatchObject({ code: 0 });

    await writeFile(join(cli.home, 'token'), TOKEN);
    const again = await cli.call(['login', '--url', server.url, '--token-file', 'token', '--json']);
    expect(JSON.parse(again.stdout)).toEqual({ url: server.url, file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('saves nothing if the TTP refuses the token or is not reachable', async () => {
    await using server = await startServer();
    await using cli = await commandLine();
    const refused = await cli.call(['login', '--url', server.url], { input: 'another-token' });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('the token is wrong');
    expect(refused.stderr).not.toContain('another-token');
    expect(await cli.call(['login', '--url', server.url])).toMatchObject({ code: 2, stdout: '' });
    expect(await cli.call('login --url http://127.0.0.1:1', { input: TOKEN })).toMatchObject({ code: 3 });
    await expect(stat(join(cli.home, 'config'))).rejects.toThrow('ENOENT');
  });

  it('needs no token if the TTP has no authentication', async () => {
    await using server = await startServer({ auth: { kind: 'none' } });
    await using cli = await commandLine();
    const { stdout } = await cli.call(['login', '--url', server.url]);
    expect(stdout).toContain('needs no token');
    expect(await cli.call('collaborations list --json')).toMatchObject({ code: 0, stdout: '[]\n' });
  });
});

describe('address and token', () => {
  it('come from options, then the environment, then the saved login', async () => {
    await using saved = await startServer();
    await using other = await startServer();
    await using cli = await commandLine();
    await cli.call(['login', '--url', saved.url], { input: TOKEN });
    await writeFile(join(cli.home, 'token'), TOKEN);
    await writeFile(join(cli.home, 'wrong'), 'wrong');

    await cli.call('collaborations create of-saved');
    await cli.call('collaborations create of-other', {
      env: { SYNERGOS_URL: other.url, SYNERGOS_TOKEN: TOKEN },
    });
    await cli.call(['collaborations', 'create', 'by-option', '--url', other.url, '--token-file', 'token'], {
      env: { SYNERGOS_URL: saved.url, SYNERGOS_TOKEN: 'wrong' },
    });
    const names = async ({ records }: typeof saved) =>
      (await records.list('Collaboration', {})).map(({ key }) => key.collab_id);
    expect(await names(saved)).toEqual(['of-saved']);
    expect((await names(other)).sort()).toEqual(['by-option', 'of-other']);
    expect(await cli.call('jobs --token-file wrong')).toMatchObject({ code: 1 });
    expect(await cli.call('jobs', { env: { SYNERGOS_TOKEN: 'wrong' } })).toMatchObject({ code: 1 });
  });

  it('are not sent to another TTP than the saved one', async () => {
    await using saved = await startServer();
    await using other = await startServer();
    await using cli = await commandLine();
    await cli.call(['login', '--url', saved.url], { input: TOKEN });
    const { code, stderr } = await cli.call(['jobs', '--url', other.url]);
    expect(code).toBe(1);
    expect(stderr).toContain('no token was given');
  });

  it('report an invalid saved login', async () => {
    await using cli = await commandLine();
    await mkdir(join(cli.home, 'config', 'synergos'), { recursive: true });
    await writeFile(join(cli.home, 'config', 'synergos', 'config.json'), '{"url": 7');
    const { code, stderr } = await cli.call('jobs');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: .*config\.json does not hold a login; log in again with `synergos login`\n$/,
    );
  });
});

describe('help and completion', () => {
  it("runs the example of the package's README", async () => {
    const only = (job: Job): Job => ({ ...job, payload: { ...job.payload, participant_id: 'hospital-1' } });
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        validate: (context) => handlers.validate!({ ...context, job: only(context.job) }),
      }),
    });
    await using cli = await commandLine();
    const readme = await readFile(new URL('../../README.md', pathToFileURL(cli.main)), 'utf8');
    const example = /```sh\n([^]*?)```/.exec(readme)?.[1] ?? '';
    expect(example).toContain('--url http://127.0.0.1:5000');
    await mkdir(join(cli.home, 'ttp', 'data'), { recursive: true });
    await writeFile(join(cli.home, 'ttp', 'data', 'admin-token'), `${TOKEN}\n`);
    const script = `set -e\n${example}`;
    const { code, stdout, stderr } = await cli.bash(script.replace('http://127.0.0.1:5000', server.url));
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stdout).toContain('saved global_model.safetensors');
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject([
      { kind: 'align' },
      { kind: 'train' },
      { kind: 'validate' },
    ]);
  });

  it('has examples at every level', async () => {
    await using cli = await commandLine();
    for (const args of [
      '',
      'runs ',
      'runs create ',
      'models download ',
      'jobs list ',
      'login ',
      'completion ',
    ])
      expect((await cli.call(`${args}--help`)).stdout, args).toMatch(/Examples:\n  \S*(synergos|source)/);
    expect((await cli.call('--help')).stdout).toContain('NODE_EXTRA_CA_CERTS');
    expect((await cli.call(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('completes commands and options, in bash too', async () => {
    await using cli = await commandLine();
    for (const shell of ['bash', 'zsh', 'fish'])
      expect((await cli.call(`completion ${shell}`)).stdout).toContain('synergos');
    expect(await cli.call('completion dash')).toMatchObject({ code: 2 });
    expect((await cli.call('complete -- runs cr')).stdout).toMatch(/^create\t/);
    expect((await cli.call('complete -- runs create --al')).stdout).toMatch(/^--algorithm\t/);

    const { stdout } = await cli.call('completion bash');
    const script = `${stdout}
      _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cur=\${COMP_WORDS[COMP_CWORD]}; }  # bash-completion's
      COMP_WORDS=(synergos jobs ca) COMP_CWORD=2 COMP_LINE='synergos jobs ca' COMP_POINT=16
      __synergos_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect((await cli.bash(script)).stdout.trim()).toMatch(/^cancel/);
  });
});
