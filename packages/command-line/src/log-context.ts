import { withLogContext, type Identities, type LogContext } from '@synergos/logging';

interface JobCall {
  readonly job: { readonly id: string; readonly payload: Readonly<Record<string, unknown>> };
}
interface TaskCall {
  readonly payload: unknown;
}
interface Requesting {
  request(participant: string, task: never, options?: never): Promise<unknown>;
}
type Handlers<Call> = Readonly<Record<string, (call: Call) => unknown>>;

/** Calls `work`. Everything it logs carries the ids of the job. */
export function withJobContext<Result>(job: JobCall['job'], work: () => Result): Result {
  const { collab_id, project_id, expt_id, run_id, participant_id } = job.payload;
  const ids = { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
  return withLogContext({ job: job.id, ...texts({ ...ids, participant: participant_id }) }, work);
}

/** Calls `work`, which runs a task at a participant. Everything it logs carries the ids in the task's payload. */
export function withTaskContext<Result>(task: TaskCall, participant: string, work: () => Result): Result {
  return withLogContext(idsOf(task, participant), work);
}

/** Wraps task handlers of a participant: everything they log carries the ids in the task's payload. */
export function inTaskContext<Of extends Handlers<never>>(handlers: Of, participant: string): Of {
  return wrapped(handlers, (task: TaskCall, work) => withTaskContext(task, participant, work));
}

/** Wraps a data plane (a plain object): everything logged about a request carries the ids in the task's payload. */
export function askingInContext<Of extends Requesting>(dataPlane: Of): Of {
  const request: Requesting['request'] = (participant, task, options) =>
    withTaskContext(task, participant, () => dataPlane.request(participant, task, options));
  return { ...dataPlane, request };
}

/** Wraps an object of functions: the censor learns every participant whose id is in an argument or a result of a call. */
export function concealingParticipants<Of extends object>(
  object: Of,
  identities: Identities | undefined,
): Of {
  if (identities === undefined) return object;
  const seen = <Value>(value: Value): Value => {
    identities.learnFrom(value);
    return value;
  };
  const learning =
    (call: (...args: readonly unknown[]) => unknown) =>
    (...args: readonly unknown[]): unknown => {
      const result = call(...seen(args));
      return result instanceof Promise ? result.then(seen) : result;
    };
  return Object.fromEntries(
    Object.entries(object).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'function' ? learning(member as (...args: readonly unknown[]) => unknown) : member,
    ]),
  ) as Of;
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
