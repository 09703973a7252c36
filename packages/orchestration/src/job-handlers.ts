import { join } from 'node:path';
import type { FileStore, RecordStore } from '@synergos/artifacts';
import type { Engine, Registry } from '@synergos/fed-algorithms';
import type { JobContext, JobHandler } from '@synergos/scaling';
import type { DataPlanePort } from './data-plane/port.js';
import type { JobKind } from './job-kinds.js';
import { silentLogger, type Logger } from './logger.js';
import { align } from './phases/align.js';
import type { Ground } from './phases/ground.js';
import { predict } from './phases/predict.js';
import { train } from './phases/train.js';
import { validate } from './phases/validate.js';
import { createTurns } from './round/turns.js';

export interface OrchestrationOptions {
  readonly records: RecordStore;
  /** Below it: models, loss histories, checkpoints. */
  readonly files: FileStore;
  readonly dataPlane: DataPlanePort;
  readonly registry: Registry;
  readonly engine: Engine;
  /** Scratch space; what lies in it may be removed while nothing runs. */
  readonly scratchDirectory: string;
  readonly logger?: Logger;
  /** Memory for updates waiting to be folded; beyond it they wait on disk. Default 256 MiB. */
  readonly stagingBytes?: number;
  /** Checkpoints kept of a run, at least 2; default 2. */
  readonly keepCheckpoints?: number;
  /** Default 60 s. */
  readonly connectTimeoutMs?: number;
  /** Default 60 s. */
  readonly absenceGraceMs?: number;
  /** Default 10 min. */
  readonly describeDeadlineMs?: number;
}

/** Events that are logged as warnings. */
const WARNINGS: ReadonlySet<string> = new Set([
  'participant_dropped',
  'round_retried',
  'evaluation_undefined',
]);

/** The federated cycle's phases, each as the handler of one kind of job. */
export function createJobHandlers(options: OrchestrationOptions): Record<JobKind, JobHandler> {
  const { records, files, dataPlane, registry, engine } = options;
  const ground: Ground = {
    records,
    files,
    dataPlane,
    registry,
    engine,
    logger: options.logger ?? silentLogger,
    stagingDirectory: join(options.scratchDirectory, 'staging'),
    stagingBytes: options.stagingBytes ?? 256 * 1024 * 1024,
    keepCheckpoints: Math.max(2, options.keepCheckpoints ?? 2),
    connectTimeoutMs: options.connectTimeoutMs ?? 60_000,
    absenceGraceMs: options.absenceGraceMs ?? 60_000,
    describeDeadlineMs: options.describeDeadlineMs ?? 600_000,
    turns: createTurns(),
    stagingMemory: { usedBytes: 0 },
  };
  const logged =
    (phase: (ground: Ground, context: JobContext) => Promise<unknown>): JobHandler =>
    (context) =>
      phase(ground, {
        ...context,
        emit: async (type, data) => {
          const log = WARNINGS.has(type) ? 'warn' : 'info';
          ground.logger[log]({ job: context.job.id, ...data }, type.replaceAll('_', ' '));
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
