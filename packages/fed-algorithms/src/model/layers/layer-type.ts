import type { z } from 'zod';

/** Dimensions of one sample, without the batch dimension: [features], [channels, length], [channels, height, width]. */
export type Shape = readonly number[];

/** How a parameter is drawn at first: U(−bound, bound), N(0, 1) but for zeros at `zeros`, or one value throughout. */
export type Initialisation =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly zeros: readonly [from: number, to: number] }
  | { readonly kind: 'constant'; readonly value: number };

export interface ParameterSpec {
  /** PyTorch's name within the layer: `weight`, `bias`, `running_mean` … */
  readonly name: string;
  readonly shape: readonly number[];
  /** False for running statistics and counters: averaged plainly, not trained. */
  readonly trainable: boolean;
  /** Values that cannot be negative, such as a running variance. */
  readonly nonNegative?: true;
  /** Belongs to a batch norm, which FedBN keeps at each participant. */
  readonly batchNorm?: true;
  readonly init: Initialisation;
}

/** One `l_type`: its arguments, shapes and parameters. */
export interface LayerType<S extends z.ZodType = z.ZodType> {
  /** PyTorch's arguments, with PyTorch's defaults. */
  readonly structure: S;
  /** The argument that states the size of the input, if there is one. */
  readonly input?: string;
  /** The argument that states the size of the output, if that does not follow from the input's. */
  readonly output?: string;
  /** True if the output has the shape of the input. */
  readonly keepsShape?: boolean;
  /** The shape of the input, if the arguments determine it. */
  readonly inputShape?: (structure: z.output<S>) => Shape;
  /** Throws `LayerMisfit` if the input does not fit. */
  readonly outputShape: (structure: z.output<S>, input: Shape) => Shape;
  readonly parameters?: (structure: z.output<S>) => readonly ParameterSpec[];
  /** The passes of a plug-in's layer: a `LayerFunction` of `@synergos/networks`. The layers of this package have theirs there. */
  readonly compute?: (structure: z.output<S>, step: any) => any;
}

/** A layer that a model selects by name: `l_type`. */
export interface NamedLayerType extends LayerType<z.ZodType<any>> {
  readonly name: string;
  /** What it computes, in one sentence. */
  readonly summary?: string;
}

/** A trained parameter from U(−bound, bound). */
export function uniform(name: string, shape: readonly number[], bound: number): ParameterSpec {
  return { name, shape, trainable: true, init: { kind: 'uniform', bound } };
}

/** A parameter of one value. */
export function constant(
  name: string,
  shape: readonly number[],
  value: number,
  trainable = true,
): ParameterSpec {
  return { name, shape, trainable, init: { kind: 'constant', value } };
}

/** Infers the structure's type from its schema. */
export function layerType<S extends z.ZodType>(type: LayerType<S>): LayerType<S> {
  return type;
}

/** Thrown while shapes are inferred; `expected`, where given, came in from the layer before. */
export class LayerMisfit extends Error {
  constructor(
    readonly field: string,
    message: string,
    readonly expected?: number,
  ) {
    super(message);
    this.name = 'LayerMisfit';
  }
}

export function requireSize(field: string, expected: number | undefined, got: number): void {
  if (expected !== got) throw new LayerMisfit(field, `got ${got}`, expected);
}

export function requireRank(input: Shape, ranks: Readonly<Record<number, string>>): void {
  if (ranks[input.length] !== undefined) return;
  throw new LayerMisfit('', `takes ${Object.values(ranks).join(' or ')}, got [${input.join(', ')}]`);
}
