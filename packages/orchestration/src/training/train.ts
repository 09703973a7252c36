import { checkpointFolder, preparePlots, readManifest } from '@synergos/artifacts';
import { PROGRESS, type JobContext } from '@synergos/scaling';
import { byName } from '../by-name.js';
import { trainJobSchema } from '../job-payloads.js';
import { lackingAt, requireCapabilities } from '../project/capabilities.js';
import { createCheckpoints, type Checkpoint } from '../checkpoints/checkpoint.js';
import { createAnswerTimes } from '../participants/deadline.js';
import { checkDivergence, checkEvaluations, NO_LOSS } from './divergence.js';
import { DroppedParticipants } from './dropped-participants.js';
import { createEventLog, type EventLog } from './event-log.js';
import {
  pool,
  summarise,
  withEvaluations,
  withTraining,
  type RoundEvaluations,
} from '../checkpoints/loss-history.js';
import { quorum } from '../participants/quorum.js';
import { createRoster } from '../participants/roster.js';
import type { DroppedParticipant } from '@synergos/contract';
import { droppedIn, withRound } from '../updates/shares.js';
import { judged, type Standing } from '../checkpoints/standing.js';
import { asynchronousRounds } from './asynchronous/asynchronous-rounds.js';
import { averagingRounds } from './averaging-rounds.js';
import { onCurrentData } from '../project/current-data.js';
import { TrainingDataReports } from '../project/data-reports.js';
import { evaluateAll } from '../inference/evaluation.js';
import { exchangeRounds } from './exchange-rounds.js';
import { firstModel } from './first-model.js';
import { connected, type Dependencies } from '../dependencies.js';
import { published } from './published.js';
import { asksAll, chosenCohort } from './participation.js';
import type { Round } from './rounds.js';
import { loadRun, type RunDefinition } from '../project/run-definition.js';
import { storeModel } from './trained-model.js';

/** Trains one (experiment, run) combination: rounds until done or stopped early, resuming after the last checkpoint. */
export async function train(dependencies: Dependencies, jobContext: JobContext): Promise<unknown> {
  const log = createEventLog(jobContext);
  try {
    const result = await trainOn(dependencies, log);
    await log.written();
    return result;
  } catch (error) {
    // All events are written before the job ends, also if it fails.
    await log.written().catch(() => undefined);
    throw error;
  }
}

async function trainOn(dependencies: Dependencies, log: EventLog): Promise<unknown> {
  const { context } = log;
  const { job, signal, emit } = context;
  const drops = new DroppedParticipants(emit);
  const payload = trainJobSchema.parse(job.payload);
  const recorded = await loadRun(dependencies.records, dependencies.registry, payload);
  const { args } = recorded;
  const lastRound = Math.min(args.rounds, payload.until_round ?? Infinity);
  const participants = [...(args.cohort ?? recorded.project.participants.keys())].sort();
  const fewest = quorum(participants.length, args.min_updates);
  const away = await connected(dependencies, participants, signal, fewest);
  requireCapabilities(dependencies, recorded, participants);
  const { run, versions } = await onCurrentData(dependencies, context, payload, recorded);
  const dataReports = new TrainingDataReports(emit, versions);

  const checkpoints = createCheckpoints({
    scratch: dependencies.scratch,
    folder: checkpointFolder(run.key),
    owner: { job: job.id, definition: run.digest, earlierDefinitions: run.earlierDigests },
    keep: dependencies.keepCheckpoints,
    // A trial resumes from the end of its previous part.
    completedJob: payload.until_round === undefined ? await completedJob(dependencies, run) : undefined,
  });
  // If the last round was completed but its model was not stored, the round is repeated: its updates are the local
  // models.
  const resumed = await checkpoints.latest({ before: lastRound });
  if (resumed === undefined) {
    const aside = await checkpoints.clear();
    if (aside !== undefined) await emit('checkpoints_set_aside', { ...aside });
  } else {
    // A process may die after it saved a round and before it reported it. The receivers ignore repeated reports.
    if (resumed.job === job.id) await reportRound(context, run, resumed);
    await emit('resumed', { round: resumed.round });
  }
  let current = resumed ?? (await firstModel(dependencies, run, checkpoints));
  if (resumed === undefined) await checkpoints.save(current);
  const reportEvaluations = evaluationReports(context);
  const staging = dependencies.uploads.staging();
  const { key: project } = run.project;
  const roster = createRoster({
    ...dependencies,
    project,
    minUpdates: run.args.min_updates,
    lacking: (name) => lackingAt(dependencies, run, name),
  });
  for (const name of away) roster.dropped(name, 0, 'absent');
  const enough = quorum(chosenCohort(run, participants, 1).length, args.min_updates);
  const rows = new Map([...run.rows].map(([name, { train: count }]) => [name, count]));
  const answerTimes = () =>
    createAnswerTimes(run.args.round_deadline, { enough, rows, limits: dependencies.deadlines });
  const evaluationTimes = createAnswerTimes(run.args.round_deadline, {
    rows: new Map([...run.rows].map(([name, { evaluate }]) => [name, evaluate])),
    limits: dependencies.deadlines,
  });
  const rounds = kindOfRounds(run)({
    dependencies,
    context,
    run,
    participants,
    checkpoints,
    staging,
    roster,
    drops,
    answerTimes,
    evaluationTimes,
  });
  const judge = (standing: Standing, { round, model }: Checkpoint, evaluate: RoundEvaluations): Standing => {
    const evaluators = participants.filter(
      (name) => !roster.isAway(name) && (run.project.participants.get(name)?.evaluate.length ?? 0) > 0,
    ).length;
    const { delta } = run.args;
    return round === 0 ? standing : judged(standing, { round, model, evaluate }, { delta, evaluators });
  };
  let last: Round | undefined;
  let isStopped = false;

  try {
    while (current.round < lastRound) {
      signal.throwIfAborted();
      const round = current.round + 1;
      const startedMs = performance.now();
      const next = rounds.next(current);
      // Loads the plotting libraries while the participants work.
      if (last === undefined) preparePlots().catch(() => undefined);
      last = await next;
      await dataReports.seen(last.trained);
      let { history } = current;
      for (const [of, evaluations] of last.evaluations) {
        history = withEvaluations(history, of, evaluations);
        await reportEvaluations(of, evaluations);
      }
      const standing = judge(current.standing, current, last.evaluations.get(current.round) ?? {});
      if (standing.waited >= run.args.patience) {
        await emit('stopped_early', { round: current.round });
        current = { ...current, history, standing };
        isStopped = true;
        break;
      }
      const dropped = drops.take(round, last.trained);
      const names = dropped.map(({ participant }) => participant);
      history = withTraining(history, round, last.trained, names);
      checkDivergence(history, run.args.divergence_factor || null);
      const moved = await last.move();
      // A training that resumes from this checkpoint does not repeat the earlier events.
      await log.written();
      const completed = { at: new Date().toISOString(), seconds: (performance.now() - startedMs) / 1000 };
      current = await checkpoints.save({
        ...moved,
        history,
        shares: withRound(current.shares, last.trained.keys(), dropped),
        standing,
        completed,
        parent: current.parent,
      });
      await reportRound(context, run, current);
    }
    if (!isStopped) {
      const evaluate = await evaluateAll(dependencies, run, {
        round: current.round,
        participants,
        model: published(dependencies, current.model),
        roster,
        times: evaluationTimes,
        signal,
      });
      await reportEvaluations(current.round, evaluate);
      const history = withEvaluations(current.history, current.round, evaluate);
      current = { ...current, history, standing: judge(current.standing, current, evaluate) };
    }
    const returned = (run.args.return === 'best' ? current.standing.best : null) ?? current;
    if (returned.round !== current.round)
      await emit('model_returned', { round: returned.round, rounds: current.round });
    return await storeModel(dependencies, run, job.id, current, {
      returned,
      losses: await summarise(checkpoints.losses(current)),
      // Only the last round's updates are available.
      local: isStopped || returned.round !== current.round ? undefined : last?.local,
      dropped: [
        ...droppedIn(current.shares, { participants, asksAll: asksAll(run) }),
        ...(await withoutTags(dependencies, run)),
      ],
      dataVersions: dataReports.used,
    });
  } finally {
    await rounds.close();
    roster.close();
    await staging.close();
    await checkpoints.tidied();
  }
}

/** Registered participants without tags, unless the run names its cohort. */
async function withoutTags(
  { records }: Dependencies,
  { project, args }: RunDefinition,
): Promise<DroppedParticipant[]> {
  if (args.cohort !== null) return [];
  const registered = await records.list('Registration', { ...project.key });
  return registered
    .map(({ key }) => key.participant_id ?? '')
    .filter((name) => !project.participants.has(name))
    .sort()
    .map((participant_id) => ({
      participant_id,
      updates: 0,
      rounds_missed: 0,
      code: 'no_tags',
      reason: 'it is registered but has no tags in this project',
    }));
}

async function completedJob(
  { artifacts }: Dependencies,
  { key }: RunDefinition,
): Promise<string | undefined> {
  return (await readManifest(artifacts, key).catch(() => undefined))?.job;
}

function kindOfRounds({ algorithm }: RunDefinition) {
  if (algorithm.exchange !== undefined) return exchangeRounds;
  return algorithm.server?.asynchronous === undefined ? averagingRounds : asynchronousRounds;
}

/** Reports a checkpoint's round; the event is the same in every attempt. */
async function reportRound(
  { emit }: JobContext,
  { args: { rounds } }: RunDefinition,
  { round, history, completed }: Checkpoint,
): Promise<void> {
  if (completed === null) return;
  const { at: completed_at, seconds } = completed;
  const updates = Object.keys(history.rounds.at(-1)?.train ?? {}).length;
  await emit(PROGRESS, { round, rounds, updates, seconds, completed_at });
}

/** Emits the metrics of each evaluated round; a participant without a loss is named once. */
function evaluationReports({ emit }: JobContext) {
  const named = new Set<string>();
  return async (round: number, evaluations: RoundEvaluations): Promise<void> => {
    const participants = Object.fromEntries(Object.entries(evaluations).sort(byName));
    const pooled = pool(participants);
    if (pooled !== undefined) await emit('metric', { round, ...pooled, participants });
    for (const [participant, { samples, loss, issue: reason = NO_LOSS }] of Object.entries(participants)) {
      if (loss !== null || samples === 0 || named.has(participant)) continue;
      named.add(participant);
      await emit('evaluation_undefined', { round, participant, reason });
    }
    checkEvaluations(round, participants);
  };
}
