import type { Outcome } from '@synergos/contract';
import type {
  IncomingTensors,
  ParticipantStatus,
  PresenceEvent,
  TaskReply,
  TaskRequest,
  TensorsRef,
  TensorsSource,
} from '@synergos/rpc-core';
import type { UploadTarget } from '@synergos/orchestration/upload-port';

/** Calls from the grid's thread to the data plane's. */
export interface DataPlaneCalls {
  start(): Promise<Outcome<{ readonly port: number }>>;
  /** `id`: chosen by the caller, to abort the request. */
  request(
    id: number,
    participant: string,
    request: TaskRequest,
    options: ForwardedOptions,
  ): Promise<Outcome<TaskReply>>;
  abort(id: number, message: string): void;
  publish(source: TensorsSource): Promise<Outcome<TensorsRef>>;
  withdraw(sha256: string): void;
  disconnect(participant: string): void;
  close(): Promise<Outcome<void>>;
}

export interface ForwardedOptions {
  readonly deadlineMs: number | undefined;
  /** Whether uploads are expected. */
  readonly receives: boolean;
  /** Log context of the task. */
  readonly context: unknown;
}

/** The slot of an upload, with its id. */
export interface NamedUploadTarget extends UploadTarget {
  readonly upload: number;
}

/** Calls from the data plane's thread to the grid's. */
export interface ReceptionCalls {
  /** An upload that belongs to the request starts. */
  receive(request: number, incoming: IncomingTensors): Promise<Outcome<NamedUploadTarget>>;
  /** The upload is complete and verified. */
  written(upload: number): Promise<Outcome<void>>;
  /** Nothing writes to the slot of the upload any more. */
  abandoned(upload: number): void;
  presence(event: PresenceEvent, status: ParticipantStatus): void;
  /** Reported every second. */
  report(participants: readonly ParticipantStatus[], traffic: Traffic): void;
}

export interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
