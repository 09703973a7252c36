import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type GelfMessage = Readonly<Record<string, string | number>>;

/** Whether the log server of Debian (package rsyslog) is here; in CI it has to be. */
export function hasRsyslog(): boolean {
  const found = spawnSync('rsyslogd', ['-v']).status === 0;
  if (!found && process.env['CI']) throw new Error('no rsyslogd here; install the package rsyslog');
  return found;
}

/** rsyslog as a GELF server over TCP: frames that end with a zero byte, each written to a file as it came. */
export class Rsyslog {
  readonly port: number;
  readonly #directory = mkdtempSync(join(tmpdir(), 'synergos-rsyslog-'));
  readonly #file = join(this.#directory, 'messages');
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async onFreePort(): Promise<Rsyslog> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    probe.close();
    return new Rsyslog(port);
  }

  async start(): Promise<void> {
    const config = join(this.#directory, 'rsyslog.conf');
    writeFileSync(
      config,
      `global(maxMessageSize="256k" workDirectory="${this.#directory}" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp" addtlFrameDelimiter="0" disableLFDelimiter="on")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="gelf") { action(type="omfile" file="${this.#file}" template="raw") }
input(type="imtcp" address="127.0.0.1" port="${this.port}" ruleset="gelf")
`,
    );
    this.#process = spawn('rsyslogd', ['-n', '-f', config, '-i', 'NONE'], { stdio: 'ignore' });
    for (;;) {
      const socket = connect(this.port, '127.0.0.1');
      const listens = await Promise.race([
        once(socket, 'connect').then(
          () => true,
          () => false,
        ),
        delay(1000, false),
      ]);
      socket.destroy();
      if (listens) return;
      await delay(50);
    }
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What it has been given, over all its lives. */
  messages(): readonly GelfMessage[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    // The last line may be half written, as may be one that a kill interrupted.
    return lines.flatMap((line) =>
      line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as GelfMessage] : [],
    );
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
