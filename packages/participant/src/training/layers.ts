import {
  builtInComponents,
  createLocalTrainer,
  membersOf,
  outputKind,
  parseModel,
  type Components,
  type Trainer,
  type TrainerProvider,
} from '@synergos/fed-algorithms';
import { compileEnsemble, compileNetwork, type BackendName } from '@synergos/networks';
import { InvalidTask } from '../errors.js';
import { expectTensors } from './expect-tensors.js';

/**
 * Creates trainers of models that are lists of layers. An ensemble of them evaluates and predicts, but does not train.
 * @param components the layers, criteria and optimizers that models and runs select from.
 */
export function createLayersProvider(
  backend: BackendName,
  components: Components = builtInComponents,
): TrainerProvider {
  return {
    kind: 'layers',
    async open({ model, action, args, tensors }) {
      const layers = parseModel(model, components);
      const { criterion } = args;
      const options = { criterion, criterionArguments: args, action, backend, components };
      const output = outputKind(layers);
      const members = membersOf(tensors);
      const trainer =
        members === 0
          ? createLocalTrainer(await compileNetwork(layers, options), output)
          : createEnsemble(await compileEnsemble(layers, options, members), output);
      expectTensors(tensors, trainer.describe(), 'the layers');
      return trainer;
    },
  };
}

function createEnsemble(
  { manifest, loss, predict }: Awaited<ReturnType<typeof compileEnsemble>>,
  output: ReturnType<typeof outputKind>,
): Trainer {
  return {
    describe: () => ({ manifest, output, correctsGradients: false }),
    train: () => Promise.reject(new InvalidTask('the global model is an ensemble, which is not trained')),
    evaluate: loss,
    predict,
  };
}
