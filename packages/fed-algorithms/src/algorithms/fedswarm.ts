import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import { AlgorithmsError, InvalidArguments } from '../errors.js';
import type { ExchangeAnswer, ExchangeRound } from '../exchange.js';
import { createRandom, deriveSeed } from '../model/index.js';
import { createBatches, type Samples } from '../training/samples.js';
import { trainLocally } from '../training/train-locally.js';
import { swarmCandidates, type Candidate } from './swarm-selection.js';

const fedSwarmArguments = z.object({
  swarm_size: z.number().int().min(1).max(1000).default(15).describe('members that each participant trains'),
  batches_per_member: z
    .number()
    .int()
    .min(1)
    .default(10)
    .describe('of its batches, how many a member is trained on'),
  with_replacement: z.boolean().default(false).describe('whether a batch may be drawn twice for a member'),
});
type FedSwarmArguments = z.infer<typeof fedSwarmArguments>;

/**
 * An ensemble instead of an average. Each participant trains members, each on some of its batches; all participants score
 * all members on their evaluation data (PR-AUC, or R²). Candidates are growing prefixes of the members above a threshold,
 * most diverse first, weighted by score; the one that scores best as an ensemble is the global model. Rows stay where they are:
 * members, scores and predictions travel.
 */
export const fedSwarm: Algorithm<FedSwarmArguments> = {
  name: 'FedSwarm',
  summary: 'An ensemble of the best and most diverse members that the participants trained.',
  reads: [],
  arguments: fedSwarmArguments,
  defaults: { mu: 0, rounds: 1 },
  check: ({ rounds }) => {
    if (rounds !== 1)
      throw new InvalidArguments([
        {
          path: 'rounds',
          message: `FedSwarm draws its ensemble once: expected 1, got ${rounds}. Train members longer by epochs`,
        },
      ]);
  },
  exchange: { round, answers: { members, score, ensembles } },
};

async function round({ cohort, manifest, askAll }: ExchangeRound<FedSwarmArguments>) {
  const { size } = manifest;
  const trained = await askAll(cohort, 'members');
  const members = [...trained.values()].flatMap(({ tensors }) => split(tensors?.members?.data, size));
  const swarm = { shape: [members.length, size], data: join(members) };

  const scored = await askAll([...trained.keys()], 'score', () => ({ tensors: { members: swarm } }));
  const judges = [...scored].filter(([, { values }]) => (values?.samples ?? 0) > 0);
  if (judges.length === 0)
    throw new AlgorithmsError(
      'no_evaluation_data',
      `FedSwarm chooses members by their scores on evaluation data: none of ${cohort.join(', ')} scored any. Tag some data as evaluate`,
    );
  const weight = (judge: string) => scored.get(judge)?.values?.samples ?? 0;
  const candidates = swarmCandidates({
    scores: members.map((_, member) =>
      mean(judges.map(([judge, { tensors }]) => [tensors?.scores?.data[member] ?? 0, weight(judge)])),
    ),
    predictions: judges.map(([, { tensors }]) => split(tensors?.predictions?.data, 1, members.length)),
  });

  const shares = {
    shape: [candidates.length, members.length],
    data: join(candidates.map((one) => sharesOf(one, members.length))),
  };
  const judged = await askAll(
    judges.map(([judge]) => judge),
    'ensembles',
    () => ({
      tensors: { members: swarm, shares },
    }),
  );
  const results = candidates.map((_, candidate) =>
    mean([...judged].map(([judge, { tensors }]) => [tensors?.scores?.data[candidate] ?? 0, weight(judge)])),
  );
  const best = candidates[results.indexOf(Math.max(...results))] ?? candidates[0];
  if (best === undefined) throw new Error('a swarm has members');
  return {
    global: {
      members: best.members.map((index) => members[index] ?? new Float32Array(size)),
      shares: best.shares,
    },
    trained: new Map(
      [...trained].map(([name, { values }]) => [
        name,
        { samples: values?.samples ?? 0, loss: values?.loss ?? 0 },
      ]),
    ),
  };
}

/** Trains the participant's members, each from the global weights on its own batches. */
async function members({
  args,
  model,
  global,
  compile,
  signal,
  seed,
  ...context
}: ExchangeAnswer<FedSwarmArguments>) {
  const samples = await context.samples();
  const network = await compile(model);
  const trained = [];
  for (let index = 0; index < args.swarm_size; index++) {
    const own = deriveSeed(seed, 'member', index);
    const drawn = drawBatches(samples, args, own);
    trained.push(
      await trainLocally({
        ...{ model: network, samples: drawn, start: global, args, seed: own, signal },
        components: context.components,
      }),
    );
  }
  const vectors = trained.map(({ weights }) => Float32Array.from(weights));
  return {
    values: { samples: samples.count, loss: mean(trained.map(({ loss }) => [loss, 1])) },
    tensors: { members: { shape: [vectors.length, global.length], data: join(vectors) } },
  };
}

/** Scores every member on the participant's evaluation data; without any it has no say. */
async function score({ model, compile, message, manifest, ...context }: ExchangeAnswer) {
  const evaluation = await context.evaluation();
  if (evaluation === null) return { values: { samples: 0 } };
  const network = await compile(model);
  const outputs = split(message.tensors?.members?.data, manifest.size).map((member) =>
    network.predict(member, evaluation.samples),
  );
  return {
    values: { samples: evaluation.samples.count },
    tensors: {
      scores: vector(outputs.map((output) => evaluation.score(output) ?? 0)),
      predictions: { shape: [outputs.length, outputs[0]?.length ?? 0], data: join(outputs) },
    },
  };
}

/** Scores candidates: rows of shares over all members. */
async function ensembles({ model, compile, message, manifest, ...context }: ExchangeAnswer) {
  const evaluation = await context.evaluation();
  if (evaluation === null) return {};
  const network = await compile(model);
  const swarm = split(message.tensors?.members?.data, manifest.size);
  const outputs = swarm.map((member) => network.predict(member, evaluation.samples));
  const candidates = split(message.tensors?.shares?.data, swarm.length);
  const scores = candidates.map((shares) => {
    const together = new Float32Array(outputs[0]?.length ?? 0);
    for (const [member, output] of outputs.entries())
      for (let i = 0; i < together.length; i++) together[i]! += (shares[member] ?? 0) * output[i]!;
    return evaluation.score(together) ?? 0;
  });
  return { tensors: { scores: vector(scores) } };
}

function drawBatches(
  samples: Samples,
  args: FedSwarmArguments & { readonly batch_size: number | null },
  seed: number,
): Samples {
  const { count } = samples;
  const size = Math.min(
    args.batch_size ?? Math.max(1, Math.ceil(count / args.batches_per_member / 2)),
    count,
  );
  const random = createRandom(seed);
  const order = random.permutation(count);
  const batches = Array.from({ length: Math.ceil(count / size) }, (_, index) =>
    order.subarray(index * size, (index + 1) * size),
  );
  const chosen = args.with_replacement
    ? Array.from({ length: args.batches_per_member }, () => batches[random.integer(batches.length)])
    : batches.slice(0, args.batches_per_member);
  return createBatches(samples)(Uint32Array.from(chosen.flatMap((batch) => [...(batch ?? [])])));
}

function sharesOf({ members, shares }: Candidate, count: number): Float32Array {
  const row = new Float32Array(count);
  for (const [place, member] of members.entries()) row[member] = shares[place] ?? 0;
  return row;
}

/** Rows of a matrix: of `width` values each, or `count` of them. */
function split(data: Float32Array | undefined, width: number, count?: number): Float32Array[] {
  if (data === undefined) return [];
  const size = count === undefined ? width : data.length / count;
  return Array.from({ length: data.length / size }, (_, row) => data.subarray(row * size, (row + 1) * size));
}

function join(rows: readonly Float32Array[]): Float32Array {
  const size = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  for (const [row, values] of rows.entries()) data.set(values, row * size);
  return data;
}

function vector(values: readonly number[]) {
  return { shape: [values.length], data: Float32Array.from(values) };
}

function mean(weighted: readonly (readonly [value: number, weight: number])[]): number {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  return total === 0 ? 0 : weighted.reduce((sum, [value, weight]) => sum + value * weight, 0) / total;
}
