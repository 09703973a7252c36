import * as tf from '@tensorflow/tfjs-core';
import { relu } from '../activations/not-a-number.js';

const { add, mul, sub, sigmoid, tanh } = tf;

/** The state after one step, and the way back from its gradient. */
export interface CellStep {
  readonly hidden: tf.Tensor;
  readonly cell?: tf.Tensor;
  /** Of the products with the input and with the hidden state, and what of the states flows past them. */
  backward(
    ofHidden: tf.Tensor,
    ofCell: tf.Tensor | undefined,
  ): {
    readonly ofInput: tf.Tensor;
    readonly ofRecurrence: tf.Tensor;
    readonly ofHidden?: tf.Tensor;
    readonly ofCell?: tf.Tensor;
  };
}

/** One step from W_i x + b_i and W_h h + b_h, both [batch, gates · hidden]. */
export type Cell = (input: tf.Tensor, recurrence: tf.Tensor, hidden: tf.Tensor, cell: tf.Tensor) => CellStep;

const slopeOfTanh = (y: tf.Tensor) => sub(1, tf.square(y));
const slopeOfSigmoid = (y: tf.Tensor) => mul(y, sub(1, y));

/** h′ = tanh(i + r), or relu. */
export function elman(nonlinearity: 'tanh' | 'relu'): Cell {
  const isTanh = nonlinearity === 'tanh';
  return (input, recurrence) => {
    const sum = add(input, recurrence);
    const hidden = isTanh ? tanh(sum) : relu(sum);
    return {
      hidden,
      backward(ofHidden) {
        const ofSum = mul(ofHidden, isTanh ? slopeOfTanh(hidden) : tf.step(hidden));
        return { ofInput: ofSum, ofRecurrence: ofSum };
      },
    };
  };
}

/** Gates i, f, g, o: c′ = f c + i g, h′ = o tanh(c′). */
export const lstm: Cell = (input, recurrence, _hidden, cell) => {
  const [a, b, c, d] = tf.split(add(input, recurrence), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const [i, f, g, o] = [sigmoid(a), sigmoid(b), tanh(c), sigmoid(d)];
  const next = add(mul(f, cell), mul(i, g));
  const squashed = tanh(next);
  return {
    hidden: mul(o, squashed),
    cell: next,
    backward(ofHidden, ofNext) {
      const through = mul(mul(ofHidden, o), slopeOfTanh(squashed));
      const ofCell = ofNext ? add(through, ofNext) : through;
      const ofSum = tf.concat(
        [
          mul(mul(ofCell, g), slopeOfSigmoid(i)),
          mul(mul(ofCell, cell), slopeOfSigmoid(f)),
          mul(mul(ofCell, i), slopeOfTanh(g)),
          mul(mul(ofHidden, squashed), slopeOfSigmoid(o)),
        ],
        1,
      );
      return { ofInput: ofSum, ofRecurrence: ofSum, ofCell: mul(ofCell, f) };
    },
  };
};

/** Gates r, z, n: n = tanh(i_n + r r_n), h′ = (1 − z) n + z h. */
export const gru: Cell = (input, recurrence, hidden) => {
  const [inR, inZ, inN] = tf.split(input, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [reR, reZ, reN] = tf.split(recurrence, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [r, z] = [sigmoid(add(inR, reR)), sigmoid(add(inZ, reZ))];
  const n = tanh(add(inN, mul(r, reN)));
  return {
    hidden: add(mul(sub(1, z), n), mul(z, hidden)),
    backward(ofHidden) {
      const ofN = mul(mul(ofHidden, sub(1, z)), slopeOfTanh(n));
      const ofZ = mul(mul(ofHidden, sub(hidden, n)), slopeOfSigmoid(z));
      const ofR = mul(mul(ofN, reN), slopeOfSigmoid(r));
      return {
        ofInput: tf.concat([ofR, ofZ, ofN], 1),
        ofRecurrence: tf.concat([ofR, ofZ, mul(ofN, r)], 1),
        ofHidden: mul(ofHidden, z),
      };
    },
  };
};
