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
