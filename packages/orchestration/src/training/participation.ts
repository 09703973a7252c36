import { chooseCohort } from '@synergos/fed-algorithms';
import type { TrainTask } from '@synergos/rpc-core';
import { mayLack } from '../project/lacks.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { workload, type RunDefinition } from '../project/run-definition.js';

/** The cohort of a round. */
export function chosenCohort(
  { algorithm, args }: RunDefinition,
  participants: readonly string[],
  round: number,
): readonly string[] {
  return (
    algorithm.server?.cohort?.({ round, participants, args }) ??
    chooseCohort({ ...args, participants, fraction: args.fraction_fit, least: args.min_fit, round })
  );
}

/** Whether every round asks all participants. */
export function asksAll({ algorithm, args }: RunDefinition): boolean {
  return args.fraction_fit === 1 && algorithm.server?.cohort === undefined;
}

/** The train task of a participant in the round after a checkpoint. */
export function trainTask(
  run: RunDefinition,
  participant: string,
  { round, counted, numbers }: Checkpoint,
): TrainTask {
  const tags = run.project.participants.get(participant);
  const lacks = mayLack(run.lacks.get(participant), 'evaluate');
  const dataVersion = run.dataVersions.get(participant);
  return {
    ...workload(run),
    ...(lacks && { lacks }),
    ...(dataVersion !== undefined && { dataVersion }),
    arguments: { ...run.args, ...numbers },
    round: round + 1,
    stateRound: counted[participant] ?? 0,
    trainTags: tags?.train ?? [],
    evaluateTags: tags?.evaluate ?? [],
  };
}

/** Last round with an update of each participant: its local state is of that round. */
export function countedAfter(
  { counted }: Checkpoint,
  round: number,
  participants: Iterable<string>,
): Readonly<Record<string, number>> {
  return { ...counted, ...Object.fromEntries([...participants].map((name) => [name, round])) };
}
