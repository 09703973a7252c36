import { CodedError } from '@synergos/contract';

/** Base of this package's errors. */
export class DataPlaneError extends CodedError {}

/** Bytes that are not a safetensors file as used here. */
export class MalformedTensors extends DataPlaneError {
  constructor(message: string, options?: ErrorOptions) {
    super('malformed_tensors', `not a valid safetensors file: ${message}`, options);
  }
}

/** A control message that violates its schema or its bounds, with its readable fields. */
export class MalformedMessage extends DataPlaneError {
  readonly type: string | undefined;
  readonly task: string | undefined;

  constructor(message: string, about: { readonly type?: string; readonly task?: string | undefined } = {}) {
    super('malformed_message', message);
    this.type = about.type;
    this.task = about.task;
  }
}

/** The port to listen on belongs to another process. */
export class PortInUse extends DataPlaneError {
  constructor(host: string, port: number, option: string) {
    super(
      'port_in_use',
      `port ${port} on ${host} is in use; stop the other process or choose another port with ${option}`,
    );
  }
}

/** A task did not end in time. */
export class DeadlinePassed extends DataPlaneError {
  constructor(what: string, deadlineMs: number) {
    super('deadline', `${what} did not end within ${Math.round(deadlineMs / 100) / 10} s`);
  }
}

/** The worker reported that it could not do a task. */
export class WorkerFailed extends DataPlaneError {}

/** The receiver of an upload would not have it. */
export class UploadRefused extends DataPlaneError {}

/** The TTP would not have this worker: credentials or version. */
export class ConnectionRefused extends DataPlaneError {}

/** The TTP would not have, or does not hold, these tensors; sending or asking again does not help. */
export class TransferRefused extends DataPlaneError {}
