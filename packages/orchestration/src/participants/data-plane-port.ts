import type { DataPlane, IncomingTensors, RequestOptions, TaskReply, TaskRequest } from '@synergos/rpc-core';
import type { UploadSink } from '../updates/upload-slots.js';

export interface UploadRequestOptions extends Pick<RequestOptions, 'deadlineMs' | 'signal'> {
  /** Called for every upload that belongs to the task. Without it uploads are refused. */
  readonly receive?: (incoming: IncomingTensors) => Promise<UploadSink> | UploadSink;
}

/** The data plane, as the phases use it: in the same thread or in another. */
export interface DataPlanePort extends Pick<
  DataPlane,
  | 'participants'
  | 'status'
  | 'onPresence'
  | 'whenConnected'
  | 'disconnect'
  | 'traffic'
  | 'publish'
  | 'withdraw'
  | 'close'
> {
  request(participant: string, request: TaskRequest, options?: UploadRequestOptions): Promise<TaskReply>;
}
