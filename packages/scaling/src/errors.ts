import { CodedError } from '@synergos/contract';

/** Base of this package's errors. */
export class ScalingError extends CodedError {}

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

/** RabbitMQ did not confirm; whether it has the message is not known. */
export class BrokerUnreachable extends ScalingError {
  constructor(where: string, reason: string) {
    super('broker_unreachable', `RabbitMQ at ${where} is not reached: ${reason}`);
  }
}
