import type { RecordStore, Storage } from '@synergos/artifacts';
import type { Engine, Registry } from '@synergos/fed-algorithms';
import type { JobContext, JobHandler } from '@synergos/scaling';
import type { DataPlanePort } from './participants/data-plane-port.js';
import type { JobKind } from './job-kinds.js';
import { silentLogger, type Logger } from '@synergos/contract';
import { eventPhrase, jobEvents } from '@synergos/contract/events';
import { align } from './project/align.js';
import type { Dependencies } from './dependencies.js';
import { predict } from './inference/predict.js';
import { train } from './training/train.js';
import { validate } from './inference/validate.js';
import { DEADLINES, type DeadlineLimits } from './participants/deadline.js';
import { createTurns } from './participants/turns.js';
import type { UploadSlots } from './updates/upload-slots.js';

export interface OrchestrationOptions extends Storage {
  readonly records: RecordStore;
  readonly dataPlane: DataPlanePort;
  readonly registry: Registry;
  readonly engine: Engine;
  readonly uploads: UploadSlots;
  readonly logger?: Logger;
  /** Number of checkpoints to keep of each run; at least 2. @defaultValue 2 */
  readonly keepCheckpoints?: number;
  /** Default 60 s. */
  readonly connectTimeoutMs?: number;
  /** Default 60 s. */
  readonly absenceGraceMs?: number;
  /** Default 10 min. */
  readonly describeDeadlineMs?: number;
  /** Default: {@link DEADLINES}. */
  readonly deadlines?: DeadlineLimits;
}

/** The phases of the federated cycle, each the handler of one kind of job. */
export function createJobHandlers(options: OrchestrationOptions): Record<JobKind, JobHandler> {
  const { records, artifacts, scratch, dataPlane, registry, engine } = options;
  const dependencies: Dependencies = {
    records,
    artifacts,
    scratch,
    dataPlane,
    registry,
    engine,
    logger: options.logger ?? silentLogger,
    uploads: options.uploads,
    keepCheckpoints: Math.max(2, options.keepCheckpoints ?? 2),
    connectTimeoutMs: options.connectTimeoutMs ?? 60_000,
    absenceGraceMs: options.absenceGraceMs ?? 60_000,
    describeDeadlineMs: options.describeDeadlineMs ?? 600_000,
    deadlines: options.deadlines ?? DEADLINES,
    turns: createTurns(),
  };
  const logged =
    (phase: (dependencies: Dependencies, context: JobContext) => Promise<unknown>): JobHandler =>
    (context) =>
      phase(dependencies, {
        ...context,
        emit: async (type, data) => {
          dependencies.logger[jobEvents[type].level]({ job: context.job.id, ...data }, eventPhrase(type));
          await context.emit(type, data);
        },
      });
  return {
    align: logged(align),
    train: logged(train),
    validate: logged(validate),
    predict: logged(predict),
  };
}
