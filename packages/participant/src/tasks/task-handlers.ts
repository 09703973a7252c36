import { type Logger, silentLogger } from '@synergos/contract';
import { AlgorithmsError, type Registry } from '@synergos/fed-algorithms';
import { NetworkError, type BackendName } from '@synergos/networks';
import type { TaskHandler, TaskResult, WorkerTask } from '@synergos/rpc-core';
import { Datasets } from '../datasets/load.js';
import { ParticipantError } from '../errors.js';
import { Residuals } from './compressed.js';
import { describeTask } from './describe.js';
import { evaluateTask } from './evaluate.js';
import { inOrder } from './in-order.js';
import { exchangeTask, ExchangeSessions } from './exchange.js';
import { OwnPreprocessing } from './own-preprocessing.js';
import { ParticipantStates } from './participant-states.js';
import { predictTask } from './predict.js';
import { withSpace } from './space-blob.js';
import type { TaskKind } from './task-kinds.js';
import { trainTask } from './train.js';

export interface TaskHandlersOptions {
  readonly participant: string;
  /** Tags name folders below it. */
  readonly dataDirectory: string;
  /** Statistics and predictions are written below it. */
  readonly outputsDirectory: string;
  readonly registry: Registry;
  readonly logger?: Logger;
  /** What computes; default `wasm`, which rounds alike everywhere. `tensorflow` needs `@tensorflow/tfjs-node`. */
  readonly backend?: BackendName;
}

/** What the handlers of a participant's tasks share. */
export interface TaskGround {
  readonly participant: string;
  readonly outputsDirectory: string;
  readonly datasets: Datasets;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly backend: BackendName;
  readonly residuals: Residuals;
  readonly states: ParticipantStates;
  readonly sessions: ExchangeSessions;
  readonly preprocessing: OwnPreprocessing;
}

/** What a worker does for its TTP: describe its data, train on it, evaluate and use the model on it. */
export function createTaskHandlers(options: TaskHandlersOptions): Record<TaskKind, TaskHandler> {
  const {
    participant,
    dataDirectory,
    outputsDirectory,
    registry,
    logger = silentLogger,
    backend = 'wasm',
  } = options;
  const datasets = new Datasets({ dataDirectory, logger });
  const residuals = new Residuals();
  const ground: TaskGround = {
    participant,
    outputsDirectory,
    datasets,
    registry,
    logger,
    backend,
    residuals,
    states: new ParticipantStates(outputsDirectory, logger),
    sessions: new ExchangeSessions(),
    preprocessing: new OwnPreprocessing(outputsDirectory, participant),
  };
  const handler =
    (handle: (ground: TaskGround, task: WorkerTask) => Promise<TaskResult>): TaskHandler =>
    async (task) => {
      try {
        return await handle(ground, withSpace(task));
      } catch (error) {
        throw asTaskFailure(error);
      }
    };
  return {
    describe: handler(describeTask),
    // Several jobs may ask at the same time.
    ...inOrder({
      train: handler(trainTask),
      exchange: handler(exchangeTask),
      evaluate: handler(evaluateTask),
      predict: handler(predictTask),
    }),
  };
}

/** Errors about a run's arguments, its model or its training come from the TTP's own words and numbers: they may go there. */
function asTaskFailure(error: unknown): unknown {
  if (error instanceof AlgorithmsError || error instanceof NetworkError)
    return new ParticipantError(error.code, error.message, { cause: error });
  return error;
}
