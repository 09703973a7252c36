import { z } from 'zod';
import { InvalidModel } from './invalid-model.js';
import { builtInComponents, type Components } from '../components.js';
import { activations, type ActivationName } from './layers.js';
import { LayerMisfit, type LayerType, type Shape } from './layers/layer-type.js';

const activation = z
  .union([z.string(), z.null()])
  .default('identity')
  .transform((name, context): ActivationName => {
    const known = activations.find((candidate) => candidate === (name || 'identity'));
    if (known) return known;
    context.addIssue({
      code: 'custom',
      message: `unknown activation '${name}'; known: ${activations.join(', ')}`,
    });
    return z.NEVER;
  })
  .describe(`null or one of ${activations.join(', ')}`);

/** One layer of a parsed model. */
export interface ModelLayer {
  readonly activation: ActivationName;
  readonly is_input: boolean;
  readonly l_type: string;
  /** PyTorch's arguments, with PyTorch's defaults. */
  readonly structure: Readonly<Record<string, unknown>>;
  /** What `l_type` names. Not enumerable: records and messages hold the definition alone. */
  readonly type: LayerType<z.ZodType<any>>;
}
export type Model = readonly ModelLayer[];

/** A layer of a type. */
export function createLayer(
  definition: Omit<ModelLayer, 'type'>,
  type: LayerType<z.ZodType<any>>,
): ModelLayer {
  return Object.defineProperty({ ...definition }, 'type', { value: type }) as ModelLayer;
}

/** The layers as records and messages hold them. */
export function definitionOf(model: Model): readonly Omit<ModelLayer, 'type'>[] {
  return model.map((layer) => ({ ...layer }));
}

function createModelSchema({ layers }: Pick<Components, 'layers'>) {
  const known = layers.names.join(', ');
  const layer = z
    .strictObject({
      activation,
      is_input: z.boolean().default(false),
      l_type: z.string().describe(`one of ${known}`),
      structure: z.record(z.string(), z.unknown()).default({}),
    })
    .transform((raw, context) => {
      const type = layers.find(raw.l_type);
      if (!type) {
        const message = `unknown layer '${raw.l_type}'; known: ${known}`;
        context.addIssue({ code: 'custom', path: ['l_type'], message });
        return z.NEVER;
      }
      const structure = type.structure.safeParse(raw.structure);
      if (!structure.success) {
        for (const issue of structure.error.issues)
          context.addIssue({ code: 'custom', path: ['structure', ...issue.path], message: issue.message });
        return z.NEVER;
      }
      return createLayer({ ...raw, structure: structure.data as Record<string, unknown> }, type);
    });
  return z.array(layer).min(1, 'a model needs at least one layer');
}

const schemas = new WeakMap<object, ReturnType<typeof createModelSchema>>();

/** The schema of an experiment's `model`: a list of layers in PyTorch's vocabulary. Parsing fills in PyTorch's defaults. */
export function modelSchemaOf(components: Pick<Components, 'layers'> = builtInComponents) {
  const schema = schemas.get(components.layers) ?? createModelSchema(components);
  schemas.set(components.layers, schema);
  return schema;
}

/**
 * @param components the layers that `l_type` selects from.
 * @throws InvalidModel that names every layer and field at fault.
 */
export function parseModel(raw: unknown, components: Pick<Components, 'layers'> = builtInComponents): Model {
  const parsed = modelSchemaOf(components).safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new InvalidModel(
    parsed.error.issues.map(({ path, message }) => ({ path: ['model', ...path].join('.'), message })),
  );
}

export interface ModelShapes {
  readonly input: Shape;
  /** After each layer. */
  readonly outputs: readonly Shape[];
  /** After the last layer. */
  readonly output: Shape;
}

/**
 * Follows one sample through the model.
 * @param inputShape of one sample, without the batch. @defaultValue the shape that the first layer states
 * @throws InvalidModel if a layer does not fit the output of the layer before.
 */
export function inferShapes(model: Model, inputShape?: Shape): ModelShapes {
  const input = inputShape ?? statedInput(model);
  const outputs: Shape[] = [];
  let shape = input;
  for (const [index, { type, structure }] of model.entries()) {
    try {
      shape = type.outputShape(structure, shape);
    } catch (error) {
      if (!(error instanceof LayerMisfit)) throw error;
      throw new InvalidModel([describe(error, index)]);
    }
    outputs.push(shape);
  }
  return { input, outputs, output: shape };
}

function describe(misfit: LayerMisfit, index: number) {
  const source = index === 0 ? 'the input' : `the output of layer ${index - 1}`;
  const field = misfit.field && `.${misfit.field}`;
  const expected = misfit.expected === undefined ? '' : `expected ${misfit.expected} (${source}), `;
  return { path: `model.${index}.structure${field}`, message: expected + misfit.message };
}

function statedInput(model: Model): Shape {
  for (const { type, structure } of model) {
    if (type.inputShape) return type.inputShape(structure);
    if (!type.keepsShape) break;
  }
  const message = `${model[0]?.l_type} does not tell the size of the input: give its shape, [channels, height, width] for images`;
  throw new InvalidModel([{ path: 'model.0', message }]);
}
