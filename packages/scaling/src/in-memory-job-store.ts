import type { Job, JobEvent, JobStore } from './job.js';

/** Jobs that last as long as the process: for tests and for use as a library. */
export function createInMemoryJobStore(): JobStore {
  const jobs = new Map<string, Job>();
  const histories = new Map<string, JobEvent[]>();
  return {
    insert: async (job) => {
      if (jobs.has(job.id)) throw new Error(`job ${job.id} exists`);
      jobs.set(job.id, asJson(job));
    },
    get: async (id) => jobs.get(id),
    list: async (filter = {}) =>
      [...jobs.values()].filter(
        ({ state, kind }) =>
          (filter.states === undefined || filter.states.includes(state)) &&
          (filter.kind === undefined || filter.kind === kind),
      ),
    transition: async (id, from, change) => {
      const job = jobs.get(id);
      if (job === undefined || !from.includes(job.state)) return undefined;
      const changed = asJson({ ...job, ...change });
      jobs.set(id, changed);
      return changed;
    },
    appendEvent: async (job, type, data, at) => {
      const history = histories.get(job) ?? [];
      histories.set(job, history);
      const event = asJson({ job, sequence: history.length + 1, at, type, data });
      history.push(event);
      return event;
    },
    events: async (job, after = 0) => (histories.get(job) ?? []).filter(({ sequence }) => sequence > after),
  };
}

/** What a store on disk would give back; later changes of the original do not reach it. */
function asJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
