import { statfs } from 'node:fs/promises';
import type { OSUtils } from 'node-os-utils';
import type { Figure } from './figure.js';

type Counters = { readonly received: number; readonly sent: number; readonly atMs: number };

/** CPU, load, memory and network of the machine, and the disk of `directory`; without values that the system lacks. */
export function machineFigures(directory: string): () => Promise<readonly Figure[]> {
  let os: OSUtils;
  let before: Counters | undefined;

  const network = async (): Promise<readonly Figure[]> => {
    const interfaces = valueOf(await os.network.statsAsync());
    const outer = interfaces?.filter((one) => one.interface !== 'lo') ?? [];
    if (outer.length === 0) return [];
    const total = (pick: (one: (typeof outer)[number]) => number) =>
      outer.reduce((sum, one) => sum + pick(one), 0);
    const now = {
      received: total(({ rxBytes }) => rxBytes.bytes),
      sent: total(({ txBytes }) => txBytes.bytes),
      atMs: performance.now(),
    };
    const last = before;
    before = now;
    if (last === undefined) return [];
    const seconds = (now.atMs - last.atMs) / 1000;
    const rate = (bytes: number) => Math.max(0, Math.round(bytes / seconds));
    return [
      figure(
        'network_received_bytes_per_second',
        'Received by all interfaces but loopback.',
        rate(now.received - last.received),
      ),
      figure(
        'network_sent_bytes_per_second',
        'Sent by all interfaces but loopback.',
        rate(now.sent - last.sent),
      ),
    ];
  };

  const cpu = async (): Promise<readonly Figure[]> => {
    const [usage, load] = [valueOf(await os.cpu.usage()), valueOf(await os.cpu.loadAverage())];
    return [
      ...(usage === undefined
        ? []
        : [figure('cpu_percent', 'CPU time in use, of all cores.', rounded(usage))]),
      ...(load === undefined
        ? []
        : [
            figure('load_1m', 'Load average over a minute.', load.load1),
            figure('load_5m', 'Load average over five minutes.', load.load5),
            figure('load_15m', 'Load average over fifteen minutes.', load.load15),
          ]),
    ];
  };

  const memory = async (): Promise<readonly Figure[]> => {
    const [main, swap] = [valueOf(await os.memory.info()), valueOf(await os.memory.swap())];
    return [
      ...(main === undefined
        ? []
        : [
            figure('memory_total_bytes', 'Memory of the machine.', main.total.bytes),
            figure('memory_used_bytes', 'Memory in use, without caches.', main.used.bytes),
            figure('memory_percent', 'Memory in use, of all.', rounded(main.usagePercentage)),
          ]),
      ...(swap === undefined ? [] : [figure('swap_used_bytes', 'Swap space in use.', swap.used.bytes)]),
    ];
  };

  const disk = async (): Promise<readonly Figure[]> => {
    const { blocks, bavail, bfree, bsize } = await statfs(directory);
    const used = (blocks - bfree) * bsize;
    return [
      figure('disk_total_bytes', 'Size of the file system with the outputs directory.', blocks * bsize),
      figure('disk_used_bytes', 'Of it in use.', used),
      figure('disk_available_bytes', 'Of it free for this process.', bavail * bsize),
    ];
  };

  return async () => {
    // Not at a process' start, which waits for nothing of this.
    os ??= await openUtils();
    const parts = await Promise.allSettled([cpu(), memory(), disk(), network()]);
    return parts.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
  };
}

async function openUtils(): Promise<OSUtils> {
  const { OSUtils: Utils } = await import('node-os-utils');
  return new Utils({ cacheEnabled: false, cpu: { excludeIowait: true } });
}

function valueOf<Value>(
  result: { readonly success: true; readonly data: Value } | { readonly success: false },
): Value | undefined {
  return result.success ? result.data : undefined;
}

const figure = (name: string, help: string, value: number): Figure => ({ name, help, value });
const rounded = (value: number) => Math.round(value * 10) / 10;
