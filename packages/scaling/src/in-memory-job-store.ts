import { jobIsOver } from './job-over.js';
import type { Job, JobEvent, JobLeases, JobStore } from './job.js';

interface Lease {
  readonly fence: number;
  readonly untilMs: number | null;
  readonly lost: number;
}

const FREE: Lease = { fence: 0, untilMs: null, lost: 0 };

/** Stores jobs in memory, for tests and for use as a library. */
export function createInMemoryJobStore(): JobStore & JobLeases {
  const jobs = new Map<string, Job>();
  const leases = new Map<string, Lease>();
  const histories = new Map<string, JobEvent[]>();
  const leaseOf = (id: string) => leases.get(id) ?? FREE;
  const heldForMs = (id: string) => Math.max(0, (leaseOf(id).untilMs ?? 0) - Date.now());
  const isClaimable = (job: Job) =>
    !jobIsOver(job) &&
    heldForMs(job.id) === 0 &&
    (job.after === null || jobs.get(job.after)?.state === 'completed');
  const append = (job: string, type: string, data: JobEvent['data'], at: string) => {
    const history = histories.get(job) ?? [];
    histories.set(job, history);
    const event = asJson({ job, sequence: history.length + 1, at, type, data });
    history.push(event);
    return event;
  };

  return {
    insert: async (job) => {
      if (jobs.has(job.id)) throw new Error(`job ${job.id} exists`);
      jobs.set(job.id, asJson(job));
    },
    get: async (id) => jobs.get(id),
    list: async ({ states, kinds, of = {}, before, newest } = {}) => {
      const all = [...jobs.values()];
      const end = before === undefined ? all.length : all.findIndex(({ id }) => id === before);
      const listed = all
        .slice(0, Math.max(0, end))
        .filter(
          ({ state, kind, payload }) =>
            (states?.includes(state) ?? true) &&
            (kinds?.includes(kind) ?? true) &&
            Object.entries(of).every(([id, value]) => value === undefined || payload[id] === value),
        );
      return newest === undefined ? listed : listed.slice(Math.max(0, listed.length - newest));
    },
    counts: async () => {
      const counts = { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
      for (const { state } of jobs.values()) counts[state]++;
      return counts;
    },
    transition: async (id, from, change) => {
      const job = jobs.get(id);
      if (job === undefined || !from.includes(job.state)) return undefined;
      const changed = asJson({ ...job, ...change });
      jobs.set(id, changed);
      return changed;
    },
    appendEvent: async (job, type, data, at) => append(job, type, data, at),
    events: async (job, after = 0, most) => (histories.get(job) ?? []).slice(after).slice(0, most),
    eventsFromLast: async (job, type) => {
      const history = histories.get(job) ?? [];
      return history.slice(Math.max(0, history.map((event) => event.type).lastIndexOf(type)));
    },

    claim: async (id, { holder, leaseMs }) => {
      const job = jobs.get(id);
      if (job === undefined) return { outcome: 'unknown' };
      if (jobIsOver(job)) return { outcome: 'over' };
      const forMs = heldForMs(id);
      if (forMs > 0) return { outcome: 'held', forMs };
      const lease = leaseOf(id);
      const lost = lease.lost + (lease.untilMs === null ? 0 : 1);
      const fence = lease.fence + 1;
      leases.set(id, { fence, untilMs: Date.now() + leaseMs, lost });
      const claimed = asJson<Job>({
        ...job,
        state: 'running',
        holder,
        attempts: job.attempts + 1,
        startedAt: job.startedAt ?? new Date().toISOString(),
      });
      jobs.set(id, claimed);
      return { outcome: 'claimed', job: claimed, fence, lost };
    },
    renew: async (id, fence, leaseMs) => {
      const lease = leaseOf(id);
      const job = jobs.get(id);
      if (job === undefined || jobIsOver(job) || lease.fence !== fence || heldForMs(id) === 0) return false;
      leases.set(id, { ...lease, untilMs: Date.now() + leaseMs });
      return true;
    },
    release: async (id, fence) => {
      const lease = leaseOf(id);
      if (lease.fence === fence) leases.set(id, { ...lease, untilMs: null });
    },
    progressed: async (id, fence) => {
      const lease = leaseOf(id);
      if (lease.fence === fence) leases.set(id, { ...lease, lost: 0 });
    },
    heldForMs: async (id) => heldForMs(id),
    openLanes: async () => {
      const lanes = new Map<string, Job | null>();
      for (const job of jobs.values()) {
        if (jobIsOver(job) || job.lane === '') continue;
        const next = lanes.get(job.lane) ?? null;
        lanes.set(job.lane, next ?? (isClaimable(job) ? job : null));
      }
      return [...lanes].map(([lane, next]) => ({ lane, next }));
    },
    claimable: async (lane) => [...jobs.values()].filter((job) => job.lane === lane && isClaimable(job)),
    followers: async (id) =>
      [...jobs.values()].filter(({ after, state }) => after === id && state === 'queued'),
    lanes: async () => [...new Set([...jobs.values()].map(({ lane }) => lane))].filter((lane) => lane !== ''),
    end: async (id, { state, result, error }, { fence, at }) => {
      const job = jobs.get(id);
      if (job === undefined || jobIsOver(job)) return undefined;
      if (fence !== undefined && leaseOf(id).fence !== fence) return undefined;
      const ended = asJson<Job>({
        ...job,
        state,
        result: result ?? null,
        error: error ?? null,
        finishedAt: at,
      });
      jobs.set(id, ended);
      append(id, state, error == null ? {} : { ...error }, at);
      return ended;
    },
  };
}

/** Copies a job as a store on disk would: later changes of the original do not affect it. */
function asJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
