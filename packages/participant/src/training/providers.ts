import type { TrainerProvider, TrainerTask } from '@synergos/fed-algorithms';
import { InvalidTask } from '../errors.js';

/** Trainer providers by kind of model. A later provider of a kind replaces an earlier one. */
export type TrainerProviders = ReadonlyMap<string, TrainerProvider>;

export function byKind(providers: readonly TrainerProvider[]): TrainerProviders {
  return new Map(providers.map((provider) => [provider.kind, provider]));
}

/** Returns the provider of a task's model. Throws `InvalidTask` if this worker has none. */
export function providerFor(providers: TrainerProviders, model: TrainerTask['model']): TrainerProvider {
  const kind = kindOf(model);
  const provider = providers.get(kind);
  if (provider !== undefined) return provider;
  const known = [...providers.keys()].join(', ');
  throw new InvalidTask(`this worker has no trainer for models of the kind '${kind}'; it trains ${known}`);
}

/** `layers` for a list of layers, else the `kind` that the model states. */
function kindOf(model: unknown): string {
  if (Array.isArray(model)) return 'layers';
  return (model as { readonly kind: string }).kind;
}
