import type { Engine } from './engine.js';

/** What an engine may compute on: `any` is a GPU where there is one. */
export type DeviceChoice = 'any' | 'cpu' | 'gpu';

export interface EngineOnDevice {
  readonly engine: Engine;
  /** Whether it computes on a GPU. */
  readonly gpu: boolean;
}
