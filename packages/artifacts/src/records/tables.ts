import type { Generated } from 'kysely';

/**
 * Columns as created by the migrations. Ids that a kind does not have are empty; JSON and times (ISO 8601) are text.
 */
export interface Tables {
  records: {
    doc_id: Generated<number>;
    kind: string;
    collab_id: string;
    project_id: string;
    expt_id: string;
    run_id: string;
    participant_id: string;
    body: string;
    created_at: string;
  };
  jobs: {
    position: Generated<number>;
    id: string;
    kind: string;
    payload: string;
    state: string;
    result: string;
    error: string;
    attempts: number;
    created_at: string;
    started_at: string | null;
    finished_at: string | null;
    after: string | null;
    lane: Generated<string>;
    holder: string | null;
    /** Number of claims. */
    fence: Generated<number>;
    /** Number of claims that neither ended nor returned the job. */
    lost: Generated<number>;
    /** By the database's clock, in milliseconds since 1970; null: returned, or never claimed. */
    leased_until: number | null;
    /** Ids of the payload, for lookups. */
    collab_id: Generated<string>;
    project_id: Generated<string>;
    expt_id: Generated<string>;
    run_id: Generated<string>;
    participant_id: Generated<string>;
  };
  job_events: {
    job: string;
    sequence: number;
    at: string;
    type: string;
    data: string;
  };
  participant_tokens: {
    participant_id: string;
    sha256: string;
    created_at: string;
    expires_at: string | null;
  };
  idempotency_keys: { key: string; request: string; jobs: string; created_at: string };
  removed_folders: { path: string };
  clusters: { only: number; id: string };
}
