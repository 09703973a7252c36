import { z } from 'zod';
import { InvalidModel } from './invalid-model.js';
import { activations, findLayerType, layerTypes, type ActivationName, type LayerName } from './layers.js';
import { LayerMisfit, type Shape } from './layers/layer-type.js';

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

const layer = z
  .strictObject({
    activation,
    is_input: z.boolean().default(false),
    l_type: z.string().describe(`one of ${Object.keys(layerTypes).join(', ')}`),
    structure: z.record(z.string(), z.unknown()).default({}),
  })
  .transform((raw, context) => {
    const type = findLayerType(raw.l_type);
    if (!type) {
      const known = Object.keys(layerTypes).join(', ');
      context.addIssue({
        code: 'custom',
        path: ['l_type'],
        message: `unknown layer '${raw.l_type}'; known: ${known}`,
      });
      return z.NEVER;
    }
    const structure = type.structure.safeParse(raw.structure);
    if (!structure.success) {
      for (const issue of structure.error.issues)
        context.addIssue({ code: 'custom', path: ['structure', ...issue.path], message: issue.message });
      return z.NEVER;
    }
    return { ...raw, l_type: raw.l_type as LayerName, structure: structure.data as Record<string, unknown> };
  });

/** The `model` list of an experiment: layers in PyTorch's vocabulary. Parsing fills in PyTorch's defaults. */
export const modelSchema = z.array(layer).min(1, 'a model needs at least one layer');

export type ModelLayer = z.output<typeof layer>;
export type Model = readonly ModelLayer[];

/** @throws InvalidModel naming every layer and field at fault. */
export function parseModel(raw: unknown): Model {
  const parsed = modelSchema.safeParse(raw);
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
 * @param inputShape of one sample, without the batch; by default what the first layer states, where it does.
 * @throws InvalidModel where a layer does not fit the output of the one before.
 */
export function inferShapes(model: Model, inputShape?: Shape): ModelShapes {
  const input = inputShape ?? statedInput(model);
  const outputs: Shape[] = [];
  let shape = input;
  for (const [index, { l_type, structure }] of model.entries()) {
    try {
      shape = layerTypes[l_type].outputShape(structure as never, shape);
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
  for (const { l_type, structure } of model) {
    const type = findLayerType(l_type);
    if (type?.inputShape) return type.inputShape(structure);
    if (!type?.keepsShape) break;
  }
  const message = `${model[0]?.l_type} does not tell the size of the input: give its shape, [channels, height, width] for images`;
  throw new InvalidModel([{ path: 'model.0', message }]);
}
