export { advancedComposition } from './accounting/advanced-composition.js';
export {
  noiseFor,
  stepsFor,
  type CalibrationOptions,
  type NoiselessEvent,
  type NoisyEvent,
  type Target,
} from './accounting/calibrate.js';
export { privacyEventSchema, type PrivacyEvent, type PrivacyEventKind } from './accounting/events.js';
export { gaussianDelta, gaussianNoise } from './accounting/gaussian.js';
export { lossDistributions, pldDelta, pldEpsilon, type PldOptions } from './accounting/pld/accountant.js';
export { deltaOf, epsilonOf, type LossDistribution } from './accounting/pld/loss-distribution.js';
export { rdpDelta, rdpEpsilon, rdpOf, type RdpOptions } from './accounting/rdp/accountant.js';
export { deltaOfRdp, epsilonOfRdp, type Guarantee } from './accounting/rdp/conversion.js';
export { defaultOrders } from './accounting/rdp/orders.js';
export { ImpossibleSetting, PrivacyError } from './errors.js';
export {
  fixedPoint,
  fixedPointFor,
  toFixed,
  toFloat,
  type FixedPoint,
  type Uniform,
} from './masking/fixed-point.js';
export { agree, derive, isSigned, keyPair, signBytes, type KeyPair } from './masking/keys.js';
export { addMask, addWrapping, reduce } from './masking/mask.js';
export { neighbourCount, neighbourGraph } from './masking/neighbours.js';
export {
  cryptographicUniform,
  dequantise,
  MaskOverflow,
  modulusBits,
  quantise,
  type Quantised,
} from './masking/quantise.js';
export { seal, unseal } from './masking/sealed.js';
export {
  combineShares,
  evaluate,
  MOST_SHARES,
  splitSecret,
  type RandomBytes,
  type Share,
} from './sharing/shamir.js';
export {
  BudgetExceeded,
  leftOf,
  LedgerDamaged,
  recordRelease,
  verifyLedger,
  type Budget,
  type LedgerHead,
  type Release,
} from './ledger/ledger.js';
export { ledgerRecordSchema, type LedgerRecord } from './ledger/record.js';
export { discreteGaussian, discreteLaplace, skellam } from './mechanisms/discrete-noise.js';
export { exactRandom, type ExactRandom, type Rational } from './mechanisms/exact-random.js';
