import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const ANSWER_MS = 600_000;

/** A program that answers each line with a line. It idles while another candidate is measured. */
export interface LineProgram extends AsyncDisposable {
  /** Throws if the program exits or does not answer. */
  ask(line?: string): Promise<string>;
}

export function startLineProgram(command: string, args: readonly string[]): LineProgram {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  // A program that has exited is detected by its missing answer.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line = '') {
      child.stdin.write(`${line}\n`);
      const late = AbortSignal.timeout(ANSWER_MS);
      const gaveUp = once(late, 'abort').then(() => ({ done: true, value: undefined }) as const);
      const answer = await Promise.race([lines.next(), gaveUp]);
      if (answer.done === true)
        throw new Error(`'${command}' gave no answer to '${line}' (exit code ${child.exitCode})`);
      return answer.value;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
