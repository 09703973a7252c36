import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel clock in which `/proc` reports CPU time (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** Returns the CPU time of all processes in the given groups, in seconds, from /proc; undefined if /proc is missing. */
export function cpuSeconds(groups: readonly (number | undefined)[]): number | undefined {
  let ticks = 0;
  try {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const stat = statOf(pid);
      if (stat !== undefined && groups.includes(stat.group)) ticks += stat.ticks;
    }
  } catch {
    return undefined;
  }
  return ticks / TICKS_PER_SECOND;
}

/** proc(5): the fields after the name in brackets; the name may contain any character. */
function statOf(pid: string): { readonly group: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { group: fields[2]!, ticks: fields[11]! + fields[12]! };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
