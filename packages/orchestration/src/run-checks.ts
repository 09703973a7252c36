import { parseModel, parseRunArguments, type Registry } from '@synergos/fed-algorithms';
import type { RunChecks } from './ports.js';

/** Checks what a user sends about models and runs, by the layers and algorithms that exist here. */
export function createRunChecks(registry: Registry): RunChecks {
  return {
    parseModel: (raw) => parseModel(raw),
    parseArguments: (raw) => parseRunArguments(registry, raw),
  };
}
