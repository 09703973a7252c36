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

/** What the grid's thread calls in the data plane's. */
export interface DataPlaneCalls {
  start(): Promise<Outcome<{ readonly port: number }>>;
  /** `id`: the caller's name for it. */
  request(
    id: number,
    participant: string,
    request: TaskRequest,
    options: ToldOptions,
  ): Promise<Outcome<TaskReply>>;
  abort(id: number, message: string): void;
  publish(source: TensorsSource): Promise<Outcome<TensorsRef>>;
  withdraw(sha256: string): void;
  disconnect(participant: string): void;
  close(): Promise<Outcome<void>>;
}

export interface ToldOptions {
  readonly deadlineMs: number | undefined;
  /** Whether uploads are expected. */
  readonly receives: boolean;
  /** What the task is about, for the log of that thread. */
  readonly context: unknown;
}

/** Where an upload is to be written. */
export interface NamedUploadTarget extends UploadTarget {
  readonly upload: number;
}

/** What the data plane's thread calls in the grid's. */
export interface ReceptionCalls {
  /** An upload of the request begins. */
  receive(request: number, incoming: IncomingTensors): Promise<Outcome<NamedUploadTarget>>;
  /** It is complete and verified. */
  written(upload: number): Promise<Outcome<void>>;
  /** Nothing is written to its place any more. */
  abandoned(upload: number): void;
  presence(event: PresenceEvent, status: ParticipantStatus): void;
  /** Every second. */
  tell(participants: readonly ParticipantStatus[], traffic: Traffic): void;
}

export interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
