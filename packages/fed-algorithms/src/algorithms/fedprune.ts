import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import type { Finish } from '../client-side.js';
import type { Manifest } from '../model/index.js';
import type { ServerStep } from '../server-side.js';
import { choosePruning } from './pruning.js';

const fedPruneArguments = z.object({
  initial_rounds: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('rounds in which the first participant alone trains and prunes'),
  reconfigure_every: z
    .number()
    .int()
    .min(1)
    .default(2)
    .describe('rounds between two reconfigurations of the mask'),
  constant_time: z
    .number()
    .positive()
    .default(0.001)
    .describe('c: seconds of a step that pruning cannot save; more keeps more weights'),
  layer_times: z
    .enum(['measured', 'equal'])
    .default('measured')
    .describe("cost of a layer's weights: measured at the participants, or the same for all"),
});
type FedPruneArguments = z.infer<typeof fedPruneArguments>;

/** Sent with an update before a reconfiguration of the mask: squared gradient of each weight. */
const IMPORTANCE = 'importance';
/** Sent with it: seconds of each layer, by its index. */
const SECONDS = 'seconds.';

/**
 * Adaptive pruning (PruneFL): one participant trains and prunes at first, then all train; every few rounds the mask is
 * chosen again. A weight's importance is its squared gradient, averaged over the participants, its cost the time of its
 * layer by weight; see `choosePruning`. Masked weights are zero, and updates travel without them.
 * Jiang, Wang, Valls, Ko, Lee, Leung & Tassiulas: Model Pruning Enables Efficient Federated Learning on Edge Devices (2022).
 */
export const fedPrune: Algorithm<FedPruneArguments> = {
  name: 'FedPrune',
  summary: 'Adaptive pruning: weights that are not worth their time are zero and do not travel.',
  reads: [],
  paper: 'Jiang et al. 2022, Model Pruning Enables Efficient Federated Learning on Edge Devices',
  arguments: fedPruneArguments,
  defaults: { mu: 0 },
  server: {
    // 1 where a weight is masked: zero at first, as all state is.
    state: ['masked'],
    sends: ['masked'],
    cohort: ({ round, participants, args }) =>
      round <= args.initial_rounds ? participants.slice(0, 1) : undefined,
    refuses: ({ values }) => {
      const wrong = Object.entries(values).find(([name, value]) => name.startsWith(SECONDS) && value < 0);
      return wrong && `values.${wrong[0]}: expected seconds ≥ 0, got ${wrong[1]}`;
    },
    step: (step) => {
      const { weights, aggregate, state } = step;
      const masked = state.masked!;
      for (let i = 0; i < weights.length; i++) weights[i]! += aggregate[i]!;
      if (step.received[IMPORTANCE] !== undefined) masked.set(reconfigured(step));
      for (let i = 0; i < weights.length; i++) if (masked[i] === 1) weights[i] = 0;
    },
  },
  client: {
    sparse: true,
    sends: [IMPORTANCE],
    optionalSends: [IMPORTANCE],
    correctGradient: ({ gradient, received: { masked } }) => {
      for (let i = 0; i < gradient.length; i++) if (masked![i] === 1) gradient[i] = 0;
    },
    finish: (finish) => (reconfiguresAfter(finish) ? importanceAndSeconds(finish) : undefined),
  },
};

function reconfiguresAfter({ round, args }: Pick<Finish<FedPruneArguments>, 'round' | 'args'>): boolean {
  const since = round - args.initial_rounds;
  return since === 0 || (since > 0 && since % args.reconfigure_every === 0);
}

async function importanceAndSeconds({
  weights,
  gradient,
  manifest,
  layerSeconds,
  args,
}: Finish<FedPruneArguments>) {
  const importance = (await gradient(weights)).map((value) => value * value);
  const seconds = args.layer_times === 'equal' ? undefined : layerSeconds();
  const layers = seconds ?? equalByWeight(manifest);
  return {
    vectors: { [IMPORTANCE]: importance },
    values: Object.fromEntries(layers.map((value, layer) => [`${SECONDS}${layer}`, value])),
  };
}

/** A microsecond a weight. */
function equalByWeight({ tensors }: Manifest): number[] {
  const seconds: number[] = [];
  for (const { name, size } of tensors) {
    const layer = Number.parseInt(name, 10);
    seconds[layer] = (seconds[layer] ?? 0) + size * 1e-6;
  }
  return Array.from(seconds, (value) => value ?? 0);
}

function reconfigured({ received, reports, manifest, args }: ServerStep<FedPruneArguments>) {
  const told = reports.filter(({ values }) => Object.keys(values).length > 0);
  const seconds = (layer: number) =>
    told.reduce((sum, { values }) => sum + (values[`${SECONDS}${layer}`] ?? 0), 0) / Math.max(1, told.length);
  return choosePruning({
    manifest,
    // Squares, whatever a participant sends.
    importance: received[IMPORTANCE]!.map((value) => Math.max(0, value)),
    layerSeconds: seconds,
    constantSeconds: args.constant_time,
  });
}
