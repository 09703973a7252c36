import { readFileSync, readdirSync } from 'node:fs';

export function childrenOf(pid: number | undefined): readonly number[] {
  return readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) && Number(statusOf(name, 'PPid')) === pid ? [Number(name)] : [],
  );
}

/** Those that were started with this text among their arguments. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) && argumentsOf(name).includes(text) ? [Number(name)] : [],
  );
}

/** Zero where the process is gone. */
export function residentBytes(pid: number): number {
  return Number(statusOf(String(pid), 'VmRSS') ?? 0) * 1024;
}

function statusOf(process: string, field: string): string | undefined {
  try {
    return new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Empty where the process is gone. */
function argumentsOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
