/** The meaning of a failure code for a caller. */
export interface FailureKind {
  /** Of the REST answer, of a failed job's `error`, and of the data plane's answer. */
  readonly status: number;
  /** Whether the same request may succeed later as it is, without a change by the caller. */
  readonly retryable: boolean;
  /** One line for the reference. */
  readonly meaning: string;
}

/** Fails again until something about the request changes. */
const permanent = (status: number, meaning: string): FailureKind => ({ status, retryable: false, meaning });
/** May pass: the same request can succeed later. */
const transient = (status: number, meaning: string): FailureKind => ({ status, retryable: true, meaning });

/** Every failure code of every package, in the groups of the reference. Codes are stable: callers compare them. */
export const failureGroups = {
  'Requests and records': {
    invalid_arguments: permanent(
      400,
      "A run's arguments are of a wrong type, out of range or contradictory.",
    ),
    invalid_mlops: permanent(400, '`mlops.host` of the collaboration is not a host name or an address.'),
    malformed_key: permanent(400, 'The key lacks an id that names records of this kind.'),
    mlops_not_allowed: permanent(400, 'The operator does not allow the MLflow server of the collaboration.'),
    out_of_bounds: permanent(400, 'JSON exceeds the limits of depth, count or size.'),
    parent_missing: permanent(404, 'The record that the new one belongs to does not exist.'),
    record_missing: permanent(404, 'A record that the work needs does not exist.'),
    files_not_removed: transient(409, 'Files of a deleted record with this id are still on the disk.'),
    record_exists: permanent(409, 'A record with this id exists.'),
    run_damaged: permanent(409, 'A file of the run is missing or differs from the one that was written.'),
    invalid_archive: permanent(422, 'The archive is not one of a run, or is incomplete.'),
    invalid_model: permanent(422, 'The layers of the model do not fit each other or the data.'),
  },
  'Phases of a project': {
    data_changed: permanent(409, 'Training data differs from the data that the project was aligned with.'),
    no_participants: permanent(409, 'No participant is registered for this work.'),
    no_predict_tags: permanent(409, 'No participant has a `predict` tag.'),
    no_tags: permanent(409, 'A participant has no `train` tag.'),
    not_aligned: permanent(409, 'The project is not aligned.'),
    not_trained: permanent(409, 'The run has no trained model.'),
    space_unknown: permanent(409, 'The run was trained before its feature space was recorded.'),
    alignment_impossible: permanent(422, "The participants' data does not fit into one feature space."),
    capability_missing: permanent(422, 'Workers do not implement what the run needs.'),
    no_grid: permanent(422, 'No grid of the cluster has a node of each participant.'),
    no_trial_succeeded: permanent(422, 'Every trial of the optimization failed.'),
    unfit_start: permanent(422, 'The model to start from does not fit the model of the experiment.'),
    participants_missing: transient(503, 'Workers that the work needs did not connect in time.'),
  },
  'Training and aggregation': {
    round_over: permanent(409, 'The round ended before the participant answered.'),
    too_late: permanent(409, 'The update arrived after its round ended.'),
    bad_values: permanent(422, 'A metric or a weight of the answer is out of range.'),
    diverged: permanent(422, 'The training reached infinite values, NaN or an exploding loss.'),
    impossible_setting: permanent(422, 'The arguments cannot work with this number of updates or samples.'),
    needs_ttp: permanent(422, 'The algorithm runs on a TTP, not in the harness.'),
    no_devices: permanent(422, 'The harness has no device.'),
    no_evaluation_data: permanent(422, 'The algorithm needs evaluation data, and a participant has none.'),
    no_samples: permanent(422, 'A participant has no rows to train on.'),
    no_updates: permanent(422, 'There is no update to aggregate.'),
    not_finite: permanent(422, 'A value of the update is infinite or NaN.'),
    outlying_norm: permanent(422, 'The norm of the update is far from the others.'),
    trainer_unsupported: permanent(422, 'The trainer of the model does not offer what the algorithm needs.'),
    unknown_aggregator: permanent(422, 'No aggregator has this name.'),
    unknown_device: permanent(422, 'The harness has no device of this name.'),
    wrong_encoding: permanent(422, 'The update is not encoded as its header says.'),
    wrong_length: permanent(422, 'The number of values or bytes differs from the expected one.'),
    wrong_shape: permanent(422, 'Names or shapes of the tensors differ from the expected ones.'),
    wrong_type: permanent(422, 'The type of an array differs from the expected one.'),
    wrong_weights: permanent(422, 'The weights of the updates do not fit their number, or are negative.'),
    plugin: permanent(500, 'A plug-in cannot be loaded.'),
    engine_missing: permanent(503, 'The machine lacks what the compute engine needs.'),
    quorum_missed: transient(503, 'A round received fewer updates than `min_updates`.'),
    session_lost: transient(503, 'A participant lost the state of a training over several messages.'),
    thread_ended: transient(503, 'A thread of the compute engine ended.'),
    time_up: permanent(504, 'The optimization used all of its time.'),
  },
  Privacy: {
    ledger_damaged: permanent(409, 'A line of the privacy ledger was changed, removed or inserted.'),
    privacy_budget: permanent(409, 'The release would exceed the privacy budget of the data.'),
    mask_overflow: permanent(422, 'Bound, weights and value bits need more bits than a masked value has.'),
  },
  Participants: {
    deleted: permanent(409, 'The participant is no longer registered in the project.'),
    class_without_unit: permanent(422, 'The data has more classes than the model has outputs.'),
    index_without_embedding: permanent(422, 'The data has an index that the embedding has no row for.'),
    invalid_dataset: permanent(422, 'Files of a data folder are missing or malformed.'),
    invalid_target: permanent(422, 'A target is not a number that float32 holds.'),
    invalid_task: permanent(422, 'The payload of a task does not fit its tensors or its schema.'),
    space_mismatch: permanent(422, 'Data does not fit the feature space of the model.'),
    tag_missing: permanent(422, 'A tag names no folder below the data directory.'),
    tag_outside: permanent(422, 'A tag leaves the data directory.'),
    unknown_class: permanent(422, 'A label is not among the aligned classes.'),
    bad_reply: permanent(502, "A worker's answer does not fit its schema."),
    missing_vector: permanent(502, 'A worker sent an update without a vector that the algorithm needs.'),
    no_update: permanent(502, 'A worker answered without an update.'),
    unknown_vector: permanent(502, 'A worker sent a vector that the algorithm does not take.'),
    absent: transient(503, 'The worker stayed disconnected for longer than its grace period.'),
    backend_unavailable: permanent(503, 'The training backend of the worker cannot be loaded.'),
    left: transient(503, 'The worker was stopped.'),
    participant_exhausted: transient(503, "The participant's machine is out of memory or file descriptors."),
    participant_file_failed: transient(503, 'A file at the participant could not be read or written.'),
    participant_not_permitted: transient(503, "The worker's user may not read or write a file of the task."),
    thread_died: transient(503, "The worker's task thread ended, for example out of memory."),
    participant_storage_full: transient(507, "The participant's disk is full."),
  },
  Jobs: {
    unknown_job: permanent(404, 'No job has this id.'),
    cancelled: permanent(409, 'The task was cancelled.'),
    job_cancelled: permanent(409, 'The job was cancelled.'),
    unfit_result: permanent(500, 'The result of a job that another node sent does not fit its schema.'),
    given_up: permanent(500, 'The job failed after several processes died while they ran it.'),
    internal: permanent(500, 'A fault of the program; its log has the details.'),
    job_failed: permanent(500, 'The job failed without a reason.'),
    result_too_large: permanent(500, 'The result of the job exceeds what the broker carries.'),
    unknown_kind: permanent(501, 'The process has no handler for jobs or tasks of this kind.'),
    broker_unreachable: transient(503, 'RabbitMQ did not confirm a message.'),
    lease_lost: transient(503, 'Another node took the job over.'),
    queue_closed: transient(503, 'The job queue is closing with its process.'),
  },
  'Storage and tracking': {
    empty_token_file: permanent(500, 'The file of the admin token is empty.'),
    malformed_database_url: permanent(500, 'The database URL is malformed.'),
    newer_schema: permanent(500, 'A newer version of this program wrote the database.'),
    outputs_not_shared: permanent(500, 'Nodes of the cluster use different outputs directories.'),
    path_outside: permanent(500, 'A path leaves the artifact store.'),
    unknown_store: permanent(500, 'No artifact store is registered for the scheme of its URL.'),
    tracker_refused: permanent(502, 'The tracking server refuses the request.'),
    database_in_use: transient(503, 'Another process uses the database exclusively.'),
    database_locked: transient(503, 'Another process holds the write lock of the SQLite file.'),
    database_refused: transient(503, 'The database refuses the user.'),
    database_unreachable: transient(503, 'The database does not answer.'),
    outputs_in_use: transient(503, 'Another process uses the outputs directory.'),
    tracker_unavailable: transient(503, 'The tracking server does not answer.'),
    storage_full: transient(507, 'The disk is full.'),
  },
  'Data plane': {
    bad_offset: permanent(400, 'The offset of an upload is not a number of bytes.'),
    bad_participant: permanent(400, 'The participant header is not a percent-encoded id.'),
    bad_proxy: permanent(400, 'The proxy of the environment is not an HTTP proxy.'),
    digest_mismatch: transient(400, 'The received bytes differ from the announced digest.'),
    digest_required: permanent(400, 'An upload carries no digest.'),
    protocol_version: permanent(400, 'Worker and TTP speak different versions of the protocol.'),
    expired_token: permanent(401, "The participant's token has expired."),
    no_participant: permanent(401, 'The participant header is missing.'),
    wrong_token: permanent(401, 'No participant has this token.'),
    unknown_participant: permanent(403, 'The participant is not registered.'),
    wrong_participant: permanent(403, 'The worker names another participant than its token.'),
    no_such_path: permanent(404, 'The data plane has no such path.'),
    unknown_tensors: permanent(404, 'No tensors with this digest are published.'),
    not_expected: permanent(409, 'The task takes no tensors.'),
    replaced: permanent(409, 'Another worker connected with the same id.'),
    wrong_offset: transient(409, 'An upload resumes from another byte than the last acknowledged one.'),
    unknown_task: permanent(410, 'The task is over or belongs to another participant.'),
    length_required: permanent(411, 'An upload has no content-length.'),
    too_large: permanent(413, 'Tensors exceed the size limit or the memory.'),
    bad_range: permanent(416, 'The range of a download is malformed or past its end.'),
    malformed_tensors: permanent(422, 'The bytes are not a safetensors file.'),
    upload_failed: permanent(422, 'The receiver of an upload failed.'),
    too_many_attempts: transient(429, 'Too many attempts with a wrong token from this address.'),
    too_many_connections: transient(429, 'The participant has too many open connections.'),
    message_too_large: permanent(500, 'A control message exceeds its size limit.'),
    not_json: permanent(500, 'A control message cannot be written as JSON.'),
    not_posted: permanent(500, 'A message to another thread cannot be copied.'),
    malformed_message: permanent(502, 'A control message does not fit its schema.'),
    malformed_task: permanent(502, 'A worker cannot read its task.'),
    closed: transient(503, 'The data plane is closing.'),
    not_connected: transient(503, 'The worker is not connected.'),
    port_in_use: transient(503, 'Another process listens on the port.'),
    stalled: transient(503, 'A transfer made no progress.'),
    unreachable: transient(503, 'The TTP cannot be reached.'),
    invalid_answer: permanent(502, 'The answer is not one of a TTP.'),
    deadline: transient(504, 'A task did not end by its deadline.'),
  },
} satisfies Readonly<Record<string, Readonly<Record<string, FailureKind>>>>;

type Groups = typeof failureGroups;
/** Every listed code. A code that is not in the table does not compile. */
export type FailureCode = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups];

export const failureKinds: Readonly<Record<FailureCode, FailureKind>> = Object.assign(
  {},
  ...Object.values(failureGroups),
);

export function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(failureKinds, code);
}

/** A code of a plug-in or of a worker in another language is a complaint about the work, like an invalid dataset. */
const FOREIGN = permanent(422, 'A code of a plug-in or of a worker that this version does not know.');

export function failureKindOf(code: string): FailureKind {
  return isFailureCode(code) ? failureKinds[code] : FOREIGN;
}
