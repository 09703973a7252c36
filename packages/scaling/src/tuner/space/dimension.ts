import { normalCdf, normalQuantile } from './normal-distribution.js';
import type { Parameter, SearchSpace } from './parameters.js';

/** One of a few values without an order. */
export interface Categorical {
  readonly kind: 'categorical';
  readonly name: string;
  readonly options: readonly unknown[];
  /** `grid_search`: each option in turn, under every searcher. */
  readonly isExhaustive: boolean;
}

/** A number, by its own distribution: uniform on the unit interval. */
export interface Numeric {
  readonly kind: 'numeric';
  readonly name: string;
  /** The value at a share of the distribution, from [0, 1). */
  readonly fromUnit: (unit: number) => number;
  /** The share at which a value lies; of a value with a share of its own, the middle of it. */
  readonly toUnit: (value: number) => number;
  /** The values, in order, where there are finitely many. */
  readonly lattice?: { readonly count: number; readonly at: (index: number) => number };
}

export type Dimension = Categorical | Numeric;

/** A continuous distribution. */
interface Distribution {
  readonly quantile: (unit: number) => number;
  readonly cdf: (value: number) => number;
}

/** The search space, one hyperparameter after another. */
export function dimensionsOf(space: SearchSpace): readonly Dimension[] {
  return Object.entries(space).map(([name, parameter]) => dimensionOf(name, parameter));
}

function dimensionOf(name: string, parameter: Parameter): Dimension {
  switch (parameter._type) {
    case 'choice':
    case 'grid_search':
      return {
        kind: 'categorical',
        name,
        options: parameter._value,
        isExhaustive: parameter._type === 'grid_search',
      };
    case 'uniform':
      return continuous(name, uniform(...parameter._value));
    case 'loguniform':
      return continuous(name, logUniform(...parameter._value));
    case 'normal':
    case 'randn':
      return continuous(name, normal(...parameter._value));
    case 'quniform': {
      const [low, high, q] = parameter._value;
      return stepped(name, uniform(low, high), q, [low, high]);
    }
    case 'qloguniform':
    case 'qlograndint': {
      const [low, high, q] = parameter._value;
      return stepped(name, logUniform(low, high), q, [low, high]);
    }
    case 'qnormal':
    case 'qrandn': {
      const [mean, deviation, q] = parameter._value;
      return stepped(name, normal(mean, deviation), q);
    }
    case 'randint': {
      const [low, high] = parameter._value;
      return whole(name, uniform(low, high), low, high - 1);
    }
    case 'lograndint': {
      const [low, high] = parameter._value;
      return whole(name, logUniform(low, high), low, high - 1);
    }
    case 'qrandint': {
      const [low, high, q] = parameter._value;
      return multiples(name, low, high, q);
    }
  }
}

function uniform(low: number, high: number): Distribution {
  return { quantile: (unit) => low + unit * (high - low), cdf: (value) => (value - low) / (high - low) };
}

function logUniform(low: number, high: number): Distribution {
  const exponent = uniform(Math.log(low), Math.log(high));
  return {
    quantile: (unit) => Math.exp(exponent.quantile(unit)),
    cdf: (value) => exponent.cdf(Math.log(value)),
  };
}

/** Beyond six deviations lies one value in a thousand million. */
const LEAST_SHARE = 1e-9;

function normal(mean: number, deviation: number): Distribution {
  return {
    quantile: (unit) =>
      mean + deviation * normalQuantile(Math.min(Math.max(unit, LEAST_SHARE), 1 - LEAST_SHARE)),
    cdf: (value) => normalCdf((value - mean) / deviation),
  };
}

function continuous(name: string, { quantile, cdf }: Distribution): Numeric {
  return { kind: 'numeric', name, fromUnit: quantile, toUnit: (value) => share(cdf(value)) };
}

/** Rounded to multiples of q, kept within the ends. */
function stepped(
  name: string,
  { quantile, cdf }: Distribution,
  q: number,
  ends?: readonly [low: number, high: number],
): Numeric {
  const [low, high] = ends ?? [-Infinity, Infinity];
  const at = (step: number) => Math.min(Math.max(exact(step * q), low), high);
  const first = Math.round(low / q);
  return {
    kind: 'numeric',
    name,
    fromUnit: (unit) => at(Math.round(quantile(unit) / q)),
    toUnit: (value) => share(cdf(value)),
    ...(ends && {
      lattice: { count: Math.round(high / q) - first + 1, at: (index) => at(first + index) },
    }),
  };
}

/** Rounded down to whole numbers. */
function whole(name: string, { quantile, cdf }: Distribution, low: number, high: number): Numeric {
  return {
    kind: 'numeric',
    name,
    fromUnit: (unit) => Math.min(Math.max(Math.floor(quantile(unit)), low), high),
    toUnit: (value) => share((cdf(value) + cdf(value + 1)) / 2),
    lattice: { count: high - low + 1, at: (index) => low + index },
  };
}

/** Multiples of q from low to high, each as likely; the ends themselves where they are none. */
function multiples(name: string, low: number, high: number, q: number): Numeric {
  const first = Math.ceil(low / q);
  const count = Math.floor(high / q) - first + 1;
  if (count < 1) return whole(name, uniform(low, low + 1), low, low);
  const at = (index: number) => (first + index) * q;
  return {
    kind: 'numeric',
    name,
    fromUnit: (unit) => at(Math.min(Math.floor(unit * count), count - 1)),
    toUnit: (value) => share((value / q - first + 0.5) / count),
    lattice: { count, at },
  };
}

function share(unit: number): number {
  return Math.min(Math.max(unit, 0), 1);
}

/** 3 × 0.1 is 0.3 here. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}
