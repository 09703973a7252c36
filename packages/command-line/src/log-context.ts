import { withLogContext, type Identities, type LogContext } from '@synergos/logging';

interface JobCall {
  readonly job: { readonly id: string; readonly payload: Readonly<Record<string, unknown>> };
}
interface TaskCall {
  readonly payload: unknown;
}
interface Asked {
  request(participant: string, task: never, options?: never): Promise<unknown>;
}
type Handlers<Call> = Readonly<Record<string, (call: Call) => unknown>>;

/** All that is logged by `work`, which is done for a job, carries the job's ids. */
export function withJobContext<Result>(job: JobCall['job'], work: () => Result): Result {
  const { collab_id, project_id, expt_id, run_id, participant_id } = job.payload;
  const ids = { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
  return withLogContext({ job: job.id, ...texts({ ...ids, participant: participant_id }) }, work);
}

/** All that is logged while a handler does a job carries the job's ids. */
export function inJobContext<Of extends Handlers<never>>(handlers: Of): Of {
  return wrapped(handlers, ({ job }: JobCall, work) => withJobContext(job, work));
}

/** All that is logged by `work`, which a participant does for a task, carries the ids of what the task belongs to. */
export function withTaskContext<Result>(task: TaskCall, participant: string, work: () => Result): Result {
  return withLogContext(idsOf(task, participant), work);
}

/** All that is logged while a participant does a task carries the ids of what it belongs to. */
export function inTaskContext<Of extends Handlers<never>>(handlers: Of, participant: string): Of {
  return wrapped(handlers, (task: TaskCall, work) => withTaskContext(task, participant, work));
}

/** The same data plane; a task is asked for, and all that is logged about it, with the ids of what it belongs to. */
export function askingInContext<Of extends Asked>(dataPlane: Of): Of {
  const request: Asked['request'] = (participant, task, options) =>
    withTaskContext(task, participant, () => dataPlane.request(participant, task, options));
  return new Proxy(dataPlane, {
    get: (target, name) => {
      if (name === 'request') return request;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** The same object; every participant whose id goes through one of its calls is known to the censor from then on. */
export function concealingParticipants<Of extends object>(
  object: Of,
  identities: Identities | undefined,
): Of {
  if (identities === undefined) return object;
  const seen = <Value>(value: Value): Value => {
    identities.learnFrom(value);
    return value;
  };
  return new Proxy(object, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, seen(args));
        return result instanceof Promise ? result.then(seen) : result;
      };
    },
  });
}

function wrapped<Of extends Handlers<never>>(
  handlers: Of,
  around: (call: never, work: () => unknown) => unknown,
): Of {
  return Object.fromEntries(
    Object.entries(handlers).map(([kind, handle]) => [
      kind,
      (call: never) => around(call, () => handle(call)),
    ]),
  ) as Of;
}

function idsOf({ payload }: TaskCall, participant: string): LogContext {
  const { key, round } = (payload ?? {}) as {
    readonly key?: Readonly<Record<string, unknown>>;
    readonly round?: unknown;
  };
  const { collab, project, expt, run } = key ?? {};
  return {
    ...texts({ collab, project, expt, run, participant }),
    ...(typeof round === 'number' && { round }),
  };
}

function texts(ids: Readonly<Record<string, unknown>>): LogContext {
  return Object.fromEntries(Object.entries(ids).filter(([, value]) => typeof value === 'string'));
}
