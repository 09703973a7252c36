import { lackingFor } from '@synergos/fed-algorithms';
import { CapabilityMissing } from '../errors.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from './run-definition.js';

/** Capabilities that a participant's worker lacks for a run; none if the worker is unknown. */
export function lackingAt(
  { dataPlane }: Pick<Dependencies, 'dataPlane'>,
  run: Pick<RunDefinition, 'args' | 'model'>,
  participant: string,
): readonly string[] {
  const status = dataPlane.status(participant);
  return status === undefined ? [] : lackingFor(run, status.capabilities);
}

/** Throws `CapabilityMissing`, which names the missing capabilities of each participant. */
export function requireCapabilities(
  dependencies: Pick<Dependencies, 'dataPlane'>,
  run: Pick<RunDefinition, 'args' | 'model'>,
  participants: readonly string[],
): void {
  const all = participants.map((name) => [name, lackingAt(dependencies, run, name)] as const);
  const lacking = new Map(all.filter(([, needs]) => needs.length > 0));
  if (lacking.size > 0) throw new CapabilityMissing(lacking);
}
