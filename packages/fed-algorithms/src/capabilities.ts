import type { RunArguments } from './arguments.js';
import { activations } from './model/layers.js';
import type { Model } from './model/index.js';
import type { Registry } from './registry.js';

/** What a participant's side must know for a run, by kind. */
export const capabilityKinds = [
  'algorithm',
  'layer',
  'activation',
  'criterion',
  'optimizer',
  'scheduler',
  'compression',
  'aggregator',
] as const;
export type CapabilityKind = (typeof capabilityKinds)[number];

/** Longest text of a capability, in characters. */
const MOST_CHARACTERS = 100;

/** The capabilities of this process, plug-ins included: `algorithm:FedAvg`; of other kinds several names in a text, `layer:Linear,Conv1d`. */
export function capabilitiesOf(registry: Registry): readonly string[] {
  const lists = {
    layer: registry.layers.names,
    activation: activations,
    criterion: registry.criteria.names,
    optimizer: registry.optimizers.names,
    scheduler: registry.schedulers.names,
    compression: registry.compressions.names,
    aggregator: registry.aggregators.names,
  };
  return [
    ...registry.list().map(({ algorithm }) => `algorithm:${algorithm.name}`),
    ...Object.entries(lists).flatMap(([kind, names]) => joined(kind, names)),
  ];
}

function joined(kind: string, names: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const name of names) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + name.length < MOST_CHARACTERS)
      texts[texts.length - 1] = `${last},${name}`;
    else texts.push(`${kind}:${name}`);
  }
  return texts;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The capabilities of version 0.1.0: workers that announce nothing of a kind have these. */
const VERSION_010: Readonly<Record<CapabilityKind, readonly string[]>> = {
  algorithm: words(`
    FedAvg FedProx FedAvgM FedAdagrad FedAdam FedYogi SCAFFOLD FedNova FedDyn q-FedAvg FedBN Ditto FedBuff FedAsync
    FedSplit FedGKT FedSwarm FedPrune`),
  layer: words(`
    Linear Conv1d Conv2d MaxPool1d MaxPool2d AvgPool1d AvgPool2d AdaptiveAvgPool2d Flatten Dropout Dropout2d BatchNorm1d
    BatchNorm2d LayerNorm Identity`),
  activation: words(`
    identity relu relu6 leaky_relu elu selu celu gelu silu mish sigmoid logsigmoid hardsigmoid hardswish hardtanh tanh
    tanhshrink softplus softsign softmin softmax log_softmax`),
  criterion: words(`
    L1Loss MSELoss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss CrossEntropyLoss NLLLoss KLDivLoss PoissonNLLLoss
    HingeEmbeddingLoss SoftMarginLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss`),
  optimizer: words('SGD Adam AdamW Adamax NAdam RAdam Adagrad Adadelta RMSprop Rprop ASGD'),
  scheduler: words(`
    none CyclicLR StepLR MultiStepLR ExponentialLR ConstantLR LinearLR PolynomialLR CosineAnnealingLR
    CosineAnnealingWarmRestarts OneCycleLR ReduceLROnPlateau`),
  compression: words('none float16 bfloat16 int8 top-k'),
  aggregator: words(`
    mean median trimmed-mean krum multi-krum bulyan geometric-median norm-clipping centered-clipping fixed-point`),
};

/** What a run needs and a worker with these capabilities lacks: `algorithm SCAFFOLD`. */
export function lackingFor(
  { args, model }: { readonly args: RunArguments; readonly model: Model },
  capabilities: readonly string[],
): readonly string[] {
  const needs: Readonly<Record<CapabilityKind, readonly string[]>> = {
    algorithm: [args.algorithm],
    layer: model.map(({ l_type }) => l_type),
    activation: model.map(({ activation }) => activation),
    criterion: [args.criterion],
    optimizer: [args.optimizer],
    scheduler: [args.lr_scheduler],
    compression: [args.compression],
    // Workers do not aggregate, but refuse arguments that they do not know.
    aggregator: args.aggregator === null ? [] : [args.aggregator],
  };
  return capabilityKinds.flatMap((kind) => {
    const announced = capabilities.flatMap((text) =>
      text.startsWith(`${kind}:`)
        ? kind === 'algorithm'
          ? text.slice(kind.length + 1)
          : text.slice(kind.length + 1).split(',')
        : [],
    );
    const has = new Set(announced.length === 0 ? VERSION_010[kind] : announced);
    return [...new Set(needs[kind])].filter((name) => !has.has(name)).map((name) => `${kind} ${name}`);
  });
}
