export { exportRun } from './archive/export-run.js';
export { importRun, type ImportChecks } from './archive/import-run.js';
export * from './errors.js';
export { checkIntegrity, type Fault, type IntegrityReport } from './integrity/check-integrity.js';
export { warnOfOrphans } from './integrity/warn-of-orphans.js';
export { clusterId } from './cluster/cluster-id.js';
export { createIdempotencyKeys, type IdempotencyKeys, type KeptRequest } from './jobs/idempotency-keys.js';
export { createJobArchive, recordWritesSchema, type RecordWrite } from './jobs/job-archive.js';
export { createJobLeases } from './jobs/sql-job-leases.js';
export { createJobStore, type StoredJob, type StoredJobEvent } from './jobs/sql-job-store.js';
export { createRecordOutbox, type RecordOutbox } from './records/record-outbox.js';
export {
  checkFile,
  checkGlobalModel,
  globalDigest,
  lineage,
  lacksSchema,
  manifestSchema,
  readManifest,
  writeManifest,
  type Lacks,
  type ModelManifest,
} from './models/manifest.js';
export { removeFilesBefore, removeFilesOfRemovedRecords } from './models/removed-files.js';
export * from './models/run-files.js';
export { renderApart } from './plots/render-apart.js';
export { preparePlots, renderPlot, type PlotSpec } from './plots/render-plot.js';
export { drawRun, type Curves, type RunHistory } from './plots/run-plots.js';
export { lockOutputs, type FileLock } from './records/lock-file.js';
export { openDatabase, type Database } from './records/database.js';
export { withDatabaseWait } from './records/database-wait.js';
export type { DialectName } from './records/dialect.js';
export { childrenOf, hierarchy, idNames, keyOf, type IdName } from './records/hierarchy.js';
export type { DatabaseLocation } from './records/location.js';
export * from './records/record-store.js';
export { createRecordStore } from './records/sql-record-store.js';
export { loadOrCreateAdminToken } from './tokens/admin-token.js';
export { createParticipantTokens } from './tokens/participant-tokens.js';
export { createDestinations, mlflowServerOf, type DestinationOptions } from './tracking/destinations.js';
export { serversNamed, type AllowsServer } from './tracking/mlflow-hosts.js';
export type { Destination } from './tracking/channel.js';
export { createMlflowFolder } from './tracking/mlflow-folder.js';
export { createMlflowServer } from './tracking/mlflow-server.js';
export { namePart, shortened } from './tracking/names.js';
export * from './tracking/tracker.js';
export { Tracking, type JobEnding, type Journal, type TrackingOptions } from './tracking/tracking.js';
export * from './stores/artifact-store.js';
export { digestOf, type FileDigest } from './stores/digest.js';
export { contentOf, localCopyOf, openArtifact, type LocalCopy } from './stores/local-access.js';
export { createLocalStore, removeUnfinishedWrites } from './stores/local-store.js';
export { namesIn } from './stores/names.js';
export type { FileReader, FileWriter, ScratchStore } from './stores/scratch-store.js';
export { openStorage, type Storage, type StorageOptions } from './stores/storage.js';
