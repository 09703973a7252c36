import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ProcessDelays } from './event-loop-probe.js';

/** A basic TTP in a separate process, with a probe of its event loop. */
export interface Ttp extends AsyncDisposable {
  readonly url: string;
  readonly dataUrl: string;
  readonly token: string;
  readonly pid: number;
  /** Since the last call. */
  loopDelays(): Promise<ProcessDelays>;
}

export async function startTtp(): Promise<Ttp> {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-bench-'));
  const manifest = createRequire(import.meta.url).resolve('@synergos/ttp-basic/package.json');
  const main = join(manifest, '..', 'dist', 'main.js');
  const dataDir = join(directory, 'data');
  const directories = ['--data-dir', dataDir, '--outputs-dir', join(directory, 'outputs')];
  const probe = new URL('event-loop-probe.js', import.meta.url).href;
  const args = ['--import', probe, main, '--port', '0', '--data-port', '0', ...directories];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const { port, dataPort } = await ready(child);
  return {
    url: `http://127.0.0.1:${port}`,
    dataUrl: `http://127.0.0.1:${dataPort}`,
    token: readFileSync(join(dataDir, 'admin-token'), 'utf8').trim(),
    pid: child.pid ?? 0,
    async loopDelays() {
      const answer = once(child, 'message');
      child.send('read');
      return (await answer)[0] as ProcessDelays;
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
      rmSync(directory, { recursive: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<{ port: number; dataPort: number }> {
  if (child.stdout === null) throw new Error('the TTP has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"msg":"ready"')) continue;
    child.stdout.resume();
    return JSON.parse(line) as { port: number; dataPort: number };
  }
  throw new Error('the TTP ended at its start');
}
