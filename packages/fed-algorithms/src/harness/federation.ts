import type { Aggregator, AggregatorState } from '../aggregator.js';
import { checkModelPrivacy } from '../aggregators/check-privacy.js';
import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { chooseCohort } from '../cohort.js';
import { createEngine } from '../engines/create-engine.js';
import type { Engine } from '../engines/engine.js';
import { AlgorithmsError } from '../errors.js';
import { createRandom, deriveSeed } from '../model/index.js';
import { partitionOf, squaredNormOf, trainedSize } from '../model/partition.js';
import { createRegistry, type Registry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import type { Numbers, Report } from '../server-side.js';
import { aggregatorOf, stateNames, shareOf, stepServer } from '../server-step.js';
import type { LocalModel } from '../training/local-model.js';
import { createLocalTrainer } from '../training/local-trainer.js';
import type { Samples } from '../training/samples.js';
import { ownModel, trainClient, type ClientResult } from '../training/train-client.js';
import { zerosLike, type Vector, type Vectors } from '../vector.js';
import { aggregateVectors } from '../aggregate-vectors.js';
import type { Share, Totals } from '../aggregate-updates.js';
import { float64Engine } from './float64-engine.js';

/** One simulated participant. */
export interface Device {
  readonly samples: Samples;
  /** Arguments that are this device's own, such as `epochs`. */
  readonly arguments?: Partial<RunArguments>;
}

export interface FederationOptions {
  readonly devices: Readonly<Record<string, Device>>;
  readonly model: LocalModel;
  /** A run's arguments, `algorithm` among them; defaults are filled in. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Weights of the first global model; its type sets the precision of all later computation. Default: zeros in float32. */
  readonly initial?: Vector;
  readonly registry?: Registry;
  readonly engine?: Engine;
  readonly signal?: AbortSignal;
}

export interface FederatedRound {
  /** Counted from 1; of an asynchronous algorithm, steps of the server. */
  readonly round: number;
  /** The global model after the round. */
  readonly weights: Vector;
  readonly reports: readonly Report[];
  /** The model that a device evaluates with: its own where the algorithm gives it one. */
  modelOf(device: string): Vector;
}

/**
 * A federation in one process, without any server: the same algorithms on the same arguments, for research and tests.
 * Yields after each round. Algorithms of questions and answers (split learning) need a TTP.
 */
export async function* federate(options: FederationOptions): AsyncGenerator<FederatedRound> {
  const registry = options.registry ?? createRegistry();
  const { arguments: args } = parseRunArguments(registry, options.arguments);
  const algorithm = registry.get(args.algorithm);
  if (algorithm.exchange !== undefined)
    throw new AlgorithmsError(
      'needs_ttp',
      `${algorithm.name} works by questions and answers: run it on a TTP`,
    );
  checkModelPrivacy(algorithm, args, options.model.manifest);
  const weights = options.initial?.slice() ?? new Float32Array(options.model.manifest.size);
  const engine = options.engine ?? (weights instanceof Float64Array ? float64Engine : createEngine());
  const aggregator = aggregatorOf(algorithm, args, registry);
  const federation: Federation = {
    ...options,
    registry,
    algorithm,
    args,
    engine,
    weights,
    names: Object.keys(options.devices).sort(),
    state: Object.fromEntries(stateNames(algorithm, args).map((name) => [name, zerosLike(weights)])),
    aggregator,
    carried:
      aggregator.kind === 'collect' ? aggregator.state?.(trainedSize(options.model.manifest)) : undefined,
    numbers: {},
    clientStates: new Map(),
    signal: options.signal ?? new AbortController().signal,
  };
  const rounds = algorithm.server?.asynchronous === undefined ? inRounds(federation) : asTheyCome(federation);
  for await (const { round, reports } of rounds)
    yield {
      round,
      weights: weights.slice(),
      reports,
      modelOf: (device) =>
        ownModel(
          algorithm,
          args,
          options.model.manifest,
          weights,
          federation.clientStates.get(device),
        ).slice(),
    };
}

interface Federation extends FederationOptions {
  readonly registry: Registry;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  readonly engine: Engine;
  readonly weights: Vector;
  readonly names: readonly string[];
  readonly state: Vectors;
  readonly aggregator: Aggregator;
  /** What the aggregator carries from round to round. */
  readonly carried: AggregatorState | undefined;
  /** What the algorithm carries in numbers. */
  numbers: Numbers;
  readonly clientStates: Map<string, Vectors>;
  readonly signal: AbortSignal;
}

interface Arrival {
  readonly report: Report;
  readonly result: ClientResult;
  readonly share: Share;
}

async function* inRounds(federation: Federation) {
  const { algorithm, args, names, weights } = federation;
  for (let round = 1; round <= args.rounds; round++) {
    const cohort =
      algorithm.server?.cohort?.({ round, participants: names, args }) ??
      chooseCohort({ ...args, participants: names, fraction: args.fraction_fit, least: args.min_fit, round });
    const arrivals: Arrival[] = [];
    for (const name of cohort) {
      const { report, result } = await train(federation, name, round, weights);
      federation.clientStates.set(name, result.state);
      arrivals.push({ report, result, share: shareOf(algorithm, report, args) });
    }
    yield await step(federation, round, arrivals);
  }
}

/** All devices train at once, each as long as a seeded clock says; updates are taken as they come. */
async function* asTheyCome(federation: Federation) {
  const { algorithm, args, names, weights, clientStates } = federation;
  const asynchronous = algorithm.server?.asynchronous;
  if (asynchronous === undefined) return;
  const random = createRandom(deriveSeed(args.seed, 'clock'));
  const begin = (name: string, now: number, version: number) => ({
    name,
    version,
    from: weights.slice(),
    readyAt: now + random.uniform(1, 2),
  });
  const underWay = names.map((name) => begin(name, 0, 0));
  for (let round = 1; round <= args.rounds; round++) {
    const arrivals: Arrival[] = [];
    while (arrivals.length < asynchronous.buffer(args)) {
      underWay.sort((a, b) => b.readyAt - a.readyAt);
      const next = underWay.pop();
      if (next === undefined) return;
      const { report, result } = await train(federation, next.name, round, next.from);
      clientStates.set(next.name, result.state);
      if (asynchronous.fromPresent)
        for (let i = 0; i < weights.length; i++) result.update[i]! += next.from[i]! - weights[i]!;
      const weight = asynchronous.weight(round - 1 - next.version, args);
      arrivals.push({ report, result, share: { weight, plainWeight: weight * report.samples } });
      underWay.push(begin(next.name, next.readyAt, round - 1));
    }
    const plainWeight = arrivals.reduce((sum, { report }) => sum + report.samples, 0);
    yield await step(federation, round, arrivals, { weight: arrivals.length, plainWeight });
  }
}

async function train(
  { algorithm, args, model, devices, state, numbers, clientStates, signal, registry }: Federation,
  name: string,
  round: number,
  global: Vector,
): Promise<Pick<Arrival, 'report' | 'result'>> {
  const device = devices[name];
  if (device === undefined) throw new AlgorithmsError('unknown_device', `there is no device '${name}'`);
  const result = await trainClient({
    algorithm,
    args: { ...args, ...numbers, ...device.arguments },
    trainer: createLocalTrainer(model),
    samples: device.samples,
    global,
    received: Object.fromEntries(
      (algorithm.server?.sends ?? []).map((one) => [one, state[one] ?? zerosLike(global)]),
    ),
    state: clientStates.get(name),
    round,
    seed: deriveSeed(args.seed, round, name),
    signal,
    components: registry,
  });
  const { steps, loss } = result.trained;
  return {
    result,
    report: {
      participant: name,
      samples: device.samples.count,
      squaredNorm: squaredNormOf(result.update, partitionOf(model.manifest)),
      steps,
      loss,
      values: result.values,
    },
  };
}

async function step(federation: Federation, round: number, arrivals: readonly Arrival[], totals?: Totals) {
  const { algorithm, args, engine, weights, state, names, aggregator, carried } = federation;
  const { manifest } = federation.model;
  const partition = partitionOf(manifest);
  const reports = arrivals.map(({ report }) => report);
  const heard = arrivals.filter(({ share }) => share.weight > 0);
  const received: Record<string, Vector> = {};
  for (const name of algorithm.client?.sends ?? []) {
    const vectors = heard.flatMap(({ result }) => result.vectors[name] ?? []);
    const shares = vectors.map(() => ({ weight: 1 }));
    if (vectors.length > 0)
      received[name] = await aggregateVectors(aggregator, vectors, shares, engine, { partition });
  }
  const aggregate = await aggregateVectors(
    aggregator,
    arrivals.map(({ result }) => result.update),
    arrivals.map(({ share }) => share),
    engine,
    { partition, totals, state: carried },
  );
  stepServer(algorithm, {
    weights,
    aggregate,
    received,
    state,
    round,
    reports: totals === undefined ? reports : heard.map(({ report }) => report),
    participants: names.length,
    manifest,
    args,
    engine,
  });
  federation.numbers = algorithm.server?.adapt?.(federation.numbers, reports, args) ?? {};
  return { round, reports };
}
