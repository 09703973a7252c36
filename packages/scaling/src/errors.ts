import type { JobError } from './job.js';

/** Base of this package's errors: `code` is stable, `message` says what to do. */
export class ScalingError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** There is no job of this id. */
export class UnknownJob extends ScalingError {
  constructor(id: string) {
    super('unknown_job', `there is no job '${id}'`);
  }
}

/** Why a job's signal is aborted when somebody cancelled it. */
export class JobCancelled extends ScalingError {
  constructor() {
    super('job_cancelled', 'the job was cancelled');
  }
}

/** The queue takes no more work and tells of no more changes; what it had is in the store. */
export class QueueClosed extends ScalingError {
  constructor() {
    super('queue_closed', 'the job queue is closing; ask again when the process is up again');
  }
}

/** What is kept of a thrown error: its code (`internal` if it has none) and message. */
export function describeFailure(error: unknown): JobError {
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  return { code, message: error.message };
}

/** RabbitMQ did not confirm; whether it has the message is not known. */
export class BrokerUnreachable extends ScalingError {
  constructor(where: string, reason: string) {
    super('broker_unreachable', `RabbitMQ at ${where} is not reached: ${reason}`);
  }
}
