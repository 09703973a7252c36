import { z } from 'zod';

const MOST_OPTIONS = 1000;
const MOST_PARAMETERS = 100;

const number = z.number();
const integer = z.number().int();
const positive = z.number().positive();
const options = z.array(z.json()).min(1, 'expected at least one value').max(MOST_OPTIONS);

const range = (bound: z.ZodType<number>) =>
  z
    .tuple([bound, bound])
    .refine(([low, high]) => low < high, { error: 'expected [low, high], low below high' });
const steppedRange = (bound: z.ZodType<number>, step: z.ZodType<number> = positive) =>
  z
    .tuple([bound, bound, step])
    .refine(([low, high]) => low < high, { error: 'expected [low, high, q], low below high' });
const integerStep = integer.positive();

/** One entry of the vocabulary: `_type` says how a value is drawn, `_value` from what. */
const parameter = <const Type extends string, Value extends z.ZodType>(_type: Type, _value: Value) =>
  z.strictObject({ _type: z.literal(_type), _value });

const parameterSchemas = [
  parameter('choice', options),
  /** Each value in turn, under every searcher. */
  parameter('grid_search', options),
  parameter('uniform', range(number)),
  /** In steps of q, ends included. */
  parameter('quniform', steppedRange(number)),
  parameter('loguniform', range(positive)),
  parameter('qloguniform', steppedRange(positive)),
  /** [mean, standard deviation] */
  parameter('normal', z.tuple([number, positive])),
  parameter('randn', z.tuple([number, positive])),
  /** [mean, standard deviation, q] */
  parameter('qnormal', z.tuple([number, positive, positive])),
  parameter('qrandn', z.tuple([number, positive, positive])),
  /** Whole numbers, without the upper end. */
  parameter('randint', range(integer)),
  parameter('lograndint', range(integer.positive())),
  /** Whole numbers in steps of q, ends included. */
  parameter('qrandint', steppedRange(integer, integerStep)),
  parameter('qlograndint', steppedRange(integer.positive(), integerStep)),
] as const;

const typeNames = parameterSchemas.map(({ shape }) => shape._type.value);

const parameterSchema = z.discriminatedUnion('_type', parameterSchemas, {
  error: ({ input }) => {
    const { _type } = (input ?? {}) as { _type?: unknown };
    return `unknown _type ${JSON.stringify(_type) ?? '(none)'}; supported: ${typeNames.join(', ')}`;
  },
});

/** One hyperparameter. What says neither `_type` nor `_value` is a value that all trials share. */
const parameterOrConstant = z.preprocess(
  (given) => (isParameter(given) ? given : { _type: 'choice', _value: [given] }),
  parameterSchema,
);

/** What trials may take: run arguments by name, in NNI's and Ray Tune's vocabulary. */
export const searchSpaceSchema = z
  .record(z.string().min(1).max(200), parameterOrConstant)
  .refine((space) => Object.keys(space).length > 0, { error: 'expected at least one hyperparameter' })
  .refine((space) => Object.keys(space).length <= MOST_PARAMETERS, {
    error: `expected at most ${MOST_PARAMETERS} hyperparameters`,
  });

export type Parameter = z.output<typeof parameterSchema>;
export type SearchSpace = z.output<typeof searchSpaceSchema>;
/** A value of each hyperparameter. */
export type Point = Readonly<Record<string, unknown>>;

function isParameter(given: unknown): boolean {
  return typeof given === 'object' && given !== null && ('_type' in given || '_value' in given);
}
