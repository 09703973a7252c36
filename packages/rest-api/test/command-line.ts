import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TOKEN, type TestServer } from './server.js';

const MAIN = fileURLToPath(new URL('./cli/main.js', import.meta.resolve('@synergos/driver')));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface CallOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The built `synergos` in separate processes, with a separate home directory. */
export async function commandLine() {
  const home = await mkdtemp(join(tmpdir(), 'synergos-cli-'));
  const run = (file: string, args: readonly string[], { env = {} }: CallOptions = {}): ChildProcess =>
    spawn(file, args, {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        NODE_OPTIONS: process.env.NODE_OPTIONS,
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        ...env,
      },
    });
  const start = (args: readonly string[], options?: CallOptions) =>
    run(process.execPath, [MAIN, ...args], options);
  const call = (args: string | readonly string[], options: CallOptions = {}) =>
    outcomeOf(start(typeof args === 'string' ? words(args) : args, options), options.input);
  return {
    home,
    main: MAIN,
    start,
    call,
    /** A script that calls `synergos`. */
    bash: (script: string, options?: CallOptions) =>
      outcomeOf(
        run('bash', ['-c', `synergos() { '${process.execPath}' '${MAIN}' "$@"; }\n${script}`], options),
      ),
    /** Calls the server with its token; returns the output of `--json`. */
    at: ({ url }: TestServer) => {
      const env = { SYNERGOS_URL: url, SYNERGOS_TOKEN: TOKEN };
      return {
        env,
        call: (args: string | readonly string[], input?: string) =>
          call(args, { env, ...(input === undefined ? {} : { input }) }),
        json: async (args: string | readonly string[], input?: string) => {
          const all = [...(typeof args === 'string' ? words(args) : args), '--json'];
          const { code, stdout, stderr } = await call(all, {
            env,
            ...(input === undefined ? {} : { input }),
          });
          if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
          // oxlint-disable-next-line no-explicit-any -- tests look into answers of every shape
          return JSON.parse(stdout) as any;
        },
      };
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

async function outcomeOf(child: ChildProcess, input = ''): Promise<Outcome> {
  child.stdin!.on('error', () => {}).end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

function words(line: string): readonly string[] {
  return line.split(' ');
}
