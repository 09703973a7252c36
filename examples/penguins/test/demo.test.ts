import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const main = new URL('../dist/main.js', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'synergos-demo-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Result {
  readonly federated: { readonly accuracy: number; readonly loss: number };
  readonly alone: Readonly<Record<string, number>>;
  readonly rounds: number;
  readonly seconds: number;
  readonly model: string;
}

function demo(name: string, ...args: readonly string[]): Result {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [main, '--json', '--data-dir', join(directory, name), ...args],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
}

/** Processes with the folder in their command line. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
}

describe('the demo', () => {
  it('trains a better model than any island alone', () => {
    const first = demo('first');
    expect(first.federated.accuracy).toBeGreaterThanOrEqual(0.97);
    for (const alone of Object.values(first.alone)) expect(alone).toBeLessThan(first.federated.accuracy);
    expect(Object.keys(first.alone)).toEqual(['biscoe', 'dream', 'torgersen']);
  }, 120_000);

  it('accepts its options, and writes the same file for the same seed', () => {
    const options = ['--algorithm', 'FedProx', '--rounds', '2', '--seed', '3'];
    const result = demo('options', ...options);
    expect(result.rounds).toBe(2);
    expect(result.model).toContain(join(directory, 'options'));
    const again = demo('again', ...options);
    expect(readFileSync(again.model)).toEqual(readFileSync(result.model));
  });

  it('ends all its processes on Ctrl-C', async () => {
    const folder = join(directory, 'interrupted');
    const child = spawn(process.execPath, [main, '--data-dir', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    for await (const chunk of child.stdout as AsyncIterable<Buffer>)
      if (chunk.toString().includes('round')) break;
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(5);
    child.kill('SIGINT');
    expect((await exit)[0]).toBe(130);
    expect(processesOf(folder)).toEqual([]);
  });

  it('reports an invalid option', () => {
    const { stderr, status } = spawnSync(process.execPath, [main, '--rounds', '0'], { encoding: 'utf8' });
    expect(stderr).toMatch(/--rounds.*whole number from 1/);
    expect(status).not.toBe(0);
  });
});
