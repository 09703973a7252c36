import type { ActivationName } from '@synergos/fed-algorithms';
import type { Activation } from './activations/activation.js';
import { clamped, exponential, leaky, rectifier } from './activations/rectifiers.js';
import * as smooth from './activations/smooth.js';
import { logSoftmax, softmax, softmin } from './activations/softmax.js';

export const SELU_ALPHA = 1.6732632423543772;
export const SELU_SCALE = 1.0507009873554805;

/** The functions of `torch.nn.functional` by name, with their default arguments. */
export const activationFunctions: Readonly<Record<ActivationName, Activation>> = {
  identity: { forward: (x) => x, backward: (_x, _y, gradient) => gradient },
  relu: rectifier,
  relu6: clamped(0, 6),
  leaky_relu: leaky(0.01),
  elu: exponential(1, 1, 1),
  selu: exponential(SELU_ALPHA, SELU_SCALE, 1),
  celu: exponential(1, 1, 1),
  gelu: smooth.gelu,
  silu: smooth.silu,
  mish: smooth.mish,
  sigmoid: smooth.sigmoidal,
  logsigmoid: smooth.logSigmoid,
  hardsigmoid: smooth.hardSigmoid,
  hardswish: smooth.hardSwish,
  hardtanh: clamped(-1, 1),
  tanh: smooth.hyperbolic,
  tanhshrink: smooth.tanhShrink,
  softplus: smooth.softPlus(1, 20),
  softsign: smooth.softSign,
  softmin: softmin(),
  softmax: softmax(),
  log_softmax: logSoftmax(),
};
