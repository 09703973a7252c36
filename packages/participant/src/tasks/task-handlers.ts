import { type Logger, silentLogger } from '@synergos/contract';
import { AlgorithmsError, type Registry, type TrainerProvider } from '@synergos/fed-algorithms';
import { NetworkError, type BackendName } from '@synergos/networks';
import type { TaskHandler, TaskResult, WorkerTask } from '@synergos/rpc-core';
import { Datasets } from '../datasets/datasets.js';
import { ParticipantError } from '../errors.js';
import { createLayersProvider } from '../training/layers.js';
import { byKind } from '../training/providers.js';
import type { TaskContext } from './context.js';
import { describeTask } from './describe.js';
import { evaluateTask } from './evaluate.js';
import { inOrder } from './in-order.js';
import { ExchangeSessions } from './exchange-sessions.js';
import { exchangeTask } from './exchange.js';
import { ParticipantStates } from './participant-states.js';
import { predictTask } from './predict.js';
import { Residuals } from './residuals.js';
import { StoredPreprocessing } from './stored-preprocessing.js';
import { withSpace } from './space-blob.js';
import type { TaskKind } from './task-kinds.js';
import { trainTask } from './train.js';

export interface TaskHandlersOptions {
  readonly participant: string;
  /** Holds the folders that tags name. */
  readonly dataDirectory: string;
  /** Statistics and predictions are written below it. */
  readonly outputsDirectory: string;
  readonly registry: Registry;
  readonly logger?: Logger;
  /**
   * Backend that trains. `wasm` gives the same bytes on every machine; `tensorflow` needs `@tensorflow/tfjs-node`.
   * @defaultValue `wasm`
   */
  readonly backend?: BackendName;
  /** Trainers of further kinds of models. @defaultValue lists of layers only */
  readonly trainers?: readonly TrainerProvider[];
}

/** Creates the handlers of a worker's tasks, by kind of task. */
export function createTaskHandlers(options: TaskHandlersOptions): Record<TaskKind, TaskHandler> {
  const {
    participant,
    dataDirectory,
    outputsDirectory,
    registry,
    logger = silentLogger,
    backend = 'wasm',
    trainers = [],
  } = options;
  const datasets = new Datasets({ dataDirectory, logger });
  const residuals = new Residuals();
  const context: TaskContext = {
    participant,
    outputsDirectory,
    datasets,
    registry,
    logger,
    backend,
    trainers: byKind([createLayersProvider(backend, registry), ...trainers]),
    residuals,
    states: new ParticipantStates(outputsDirectory, logger),
    sessions: new ExchangeSessions(),
    preprocessing: new StoredPreprocessing(outputsDirectory, participant),
  };
  const handler =
    (handle: (context: TaskContext, task: WorkerTask) => Promise<TaskResult>): TaskHandler =>
    async (task) => {
      try {
        return await handle(context, withSpace(task));
      } catch (error) {
        throw asTaskFailure(error);
      }
    };
  return {
    describe: handler(describeTask),
    // Several jobs may send tasks at the same time.
    ...inOrder({
      train: handler(trainTask),
      exchange: handler(exchangeTask),
      evaluate: handler(evaluateTask),
      predict: handler(predictTask),
    }),
  };
}

/** Errors about a run's arguments, model or training quote only what the TTP sent: they may be reported to it. */
function asTaskFailure(error: unknown): unknown {
  if (error instanceof AlgorithmsError || error instanceof NetworkError)
    return new ParticipantError(error.code, error.message, { cause: error });
  return error;
}
