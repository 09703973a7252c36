import { idSchema } from '@synergos/contract';
import { z } from 'zod';
import { selections } from '../cohort.js';
import { count, nonNegative, oneOf, optional, positive, withDefault } from './types.js';

/** The arguments of cohorts. */
export const cohortArguments = {
  fraction_fit: withDefault(
    z.number().positive().max(1),
    1,
    'share of the participants that train in a round',
  ),
  min_fit: withDefault(
    count,
    1,
    'smallest number of participants that train in a round, if there are enough',
  ),
  selection: withDefault(
    oneOf('selection', selections),
    'uniform',
    'uniform: drawn in each round; round-robin: drawn, all before any is drawn again; sequential: in the order of their names',
  ),
  cohort: optional(
    z.array(idSchema).min(1),
    'the only participants that train; null: all that are registered',
  ),
  min_updates: optional(
    count,
    'smallest number of updates with which a round may end; null: half of its cohort, and at least two of a cohort of two or more',
  ),
  start_from: optional(
    z.strictObject({ expt_id: idSchema, run_id: idSchema }),
    'a trained run of the same project whose global model is the first one; null: initial_weights',
  ),
};

/** The arguments of updates, apart from those of aggregators and compressions. */
export const updateArguments = {
  outlier_factor: withDefault(
    nonNegative,
    1000,
    'drops an update whose norm exceeds the median norm of its round by this factor, or without rounds that of the last 32 updates; 0: drops none',
  ),
  client_momentum: withDefault(
    z.number().min(0).lt(1),
    0,
    'β of the momentum that participants send in place of their updates, for use with centered-clipping; 0: no momentum',
  ),
};

/** The arguments that end a round or a run. */
export const limitArguments = {
  divergence_factor: withDefault(
    nonNegative,
    1000,
    "stops the run when a round's mean training loss exceeds that of the first round by this factor; 0: never",
  ),
  round_deadline: optional(
    positive.max(30 * 86_400),
    'seconds within which a participant must answer, at most 30 days; null: adapts to the answers of the participants, at most an hour, and at least five minutes for a first answer',
  ),
};
