import type { Logger } from '@synergos/contract';
import type { Registry } from '@synergos/fed-algorithms';
import type { BackendName } from '@synergos/networks';
import type { Datasets } from '../datasets/datasets.js';
import type { TrainerProviders } from '../training/providers.js';
import type { ExchangeSessions } from './exchange-sessions.js';
import type { ParticipantStates } from './participant-states.js';
import type { Residuals } from './residuals.js';
import type { StoredPreprocessing } from './stored-preprocessing.js';

/** Dependencies that the handlers of a participant's tasks share. */
export interface TaskContext {
  readonly participant: string;
  readonly outputsDirectory: string;
  readonly datasets: Datasets;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly backend: BackendName;
  readonly trainers: TrainerProviders;
  readonly residuals: Residuals;
  readonly states: ParticipantStates;
  readonly sessions: ExchangeSessions;
  readonly preprocessing: StoredPreprocessing;
}
