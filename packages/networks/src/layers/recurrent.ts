import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { chain, type Part } from './composition.js';
import type { LayerFunction, LayerResult, LayerStep } from './layer-function.js';
import { elman, gru as gruCell, lstm as lstmCell, type Cell, type CellStep } from './recurrent-cells.js';
import { dropout } from './shaping.js';

type Recurrent = Pick<
  StructureOf<'GRU'>,
  'hidden_size' | 'num_layers' | 'bias' | 'dropout' | 'bidirectional'
>;

export const rnn: LayerFunction<StructureOf<'RNN'>> = (structure, step) =>
  stacked(structure, elman(structure.nonlinearity))(step);
export const lstm: LayerFunction<StructureOf<'LSTM'>> = (structure, step) =>
  stacked(structure, lstmCell)(step);
export const gru: LayerFunction<StructureOf<'GRU'>> = (structure, step) => stacked(structure, gruCell)(step);

/** The layers one on top of the other, with dropout between them; the output is the sequence of the last one's hidden states. */
function stacked(structure: Recurrent, cell: Cell): Part {
  const drop: Part = (step) => dropout({ p: structure.dropout, inplace: false }, step);
  const layers = Array.from({ length: structure.num_layers }, (_, index): Part => {
    const forwards: Part = (step) => direction(structure, cell, `l${index}`, false, step);
    if (!structure.bidirectional) return forwards;
    return both(forwards, (step) => direction(structure, cell, `l${index}_reverse`, true, step));
  });
  return chain(...layers.flatMap((layer, index) => (index === 0 ? [layer] : [drop, layer])));
}

/** Two directions over the same input, their features side by side. */
function both(forwards: Part, backwards: Part): Part {
  return (step) => {
    const results = [forwards(step), backwards(step)];
    return {
      output: tf.concat(
        results.map(({ output }) => output),
        2,
      ),
      backward(gradient, needsInput) {
        const halves = tf.split(gradient, 2, 2);
        const [one, other] = results.map(({ backward }, i) => backward(halves[i]!, needsInput));
        return {
          ...(one?.input && other?.input && { input: tf.add(one.input, other.input) }),
          parameters: { ...one?.parameters, ...other?.parameters },
        };
      },
    };
  };
}

function direction(
  { hidden_size, bias }: Recurrent,
  cell: Cell,
  suffix: string,
  isReverse: boolean,
  { input, parameters }: LayerStep,
): LayerResult {
  const [batch, length, features] = input.shape as [number, number, number];
  const of = (name: string) => parameters[`${name}_${suffix}`] as tf.Tensor2D;
  const [ofInputs, ofStates] = [of('weight_ih'), of('weight_hh')];
  const rows = ofInputs.shape[0];
  // All steps' products with the input at once; [length, batch, …], so that a step is one piece of memory.
  const steps = tf.reshape<tf.Rank.R2>(tf.transpose(input, [1, 0, 2]), [length * batch, features]);
  const product = tf.matMul(steps, tf.transpose(ofInputs));
  const inputs = bias ? tf.add(product, of('bias_ih')) : product;
  const recurrent = tf.transpose(ofStates);

  const order = Array.from({ length }, (_, index) => (isReverse ? length - 1 - index : index));
  const before: tf.Tensor[] = [];
  const done: CellStep[] = [];
  let hidden: tf.Tensor = tf.zeros([batch, hidden_size]);
  let state: tf.Tensor = tf.zeros([batch, hidden_size]);
  for (const index of order) {
    const recurrence = tf.matMul(hidden, recurrent);
    const step = cell(
      tf.slice(inputs, [index * batch, 0], [batch, rows]),
      bias ? tf.add(recurrence, of('bias_hh')) : recurrence,
      hidden,
      state,
    );
    before[index] = hidden;
    done[index] = step;
    hidden = step.hidden;
    state = step.cell ?? state;
  }

  return {
    output: tf.stack(
      done.map((step) => step.hidden),
      1,
    ),
    backward(gradient, needsInput) {
      const ofProducts: tf.Tensor[] = [];
      const ofRecurrences: tf.Tensor[] = [];
      let ofHidden: tf.Tensor | undefined;
      let ofCell: tf.Tensor | undefined;
      for (const index of order.toReversed()) {
        const ofOutput = tf.reshape(tf.slice(gradient, [0, index, 0], [batch, 1, hidden_size]), [
          batch,
          hidden_size,
        ]);
        const back = done[index]!.backward(ofHidden ? tf.add(ofOutput, ofHidden) : ofOutput, ofCell);
        ofProducts[index] = back.ofInput;
        ofRecurrences[index] = back.ofRecurrence;
        const through = tf.matMul(back.ofRecurrence, ofStates);
        ofHidden = back.ofHidden ? tf.add(through, back.ofHidden) : through;
        ofCell = back.ofCell;
      }
      const products = tf.concat(ofProducts, 0) as tf.Tensor2D;
      const recurrences = tf.concat(ofRecurrences, 0) as tf.Tensor2D;
      const ofSteps = () => tf.reshape(tf.matMul(products, ofInputs), [length, batch, features]);
      return {
        ...(needsInput && { input: tf.transpose(ofSteps(), [1, 0, 2]) }),
        parameters: {
          [`weight_ih_${suffix}`]: tf.matMul(tf.transpose(products), steps),
          [`weight_hh_${suffix}`]: tf.matMul(tf.transpose(recurrences), tf.concat(before, 0)),
          ...(bias && {
            [`bias_ih_${suffix}`]: tf.sum(products, 0),
            [`bias_hh_${suffix}`]: tf.sum(recurrences, 0),
          }),
        },
      };
    },
  };
}
