import { CodedError } from '@synergos/contract';

/** Base of this package's errors. */
export class ScalingError extends CodedError {}

/** There is no job of this id. */
export class UnknownJob extends ScalingError {
  constructor(id: string) {
    super('unknown_job', `there is no job '${id}'`);
  }
}

/** Reason of a job's signal when the job is cancelled. */
export class JobCancelled extends ScalingError {
  constructor() {
    super('job_cancelled', 'the job was cancelled');
  }
}

/** The queue accepts no more jobs and reports no more changes. Its jobs stay in the store. */
export class QueueClosed extends ScalingError {
  constructor() {
    super('queue_closed', 'the job queue is closing; try again when the process has restarted');
  }
}

/** RabbitMQ did not confirm a message; whether it has the message is not known. */
export class BrokerUnreachable extends ScalingError {
  constructor(where: string, reason: string) {
    super('broker_unreachable', `RabbitMQ at ${where} cannot be reached: ${reason}`);
  }
}
