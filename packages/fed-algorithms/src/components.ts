import { aggregators } from './aggregators/index.js';
import type { AggregatorType } from './aggregators/aggregator-type.js';
import { createCatalogue, type Catalogue } from './catalogue.js';
import type { Component } from './component.js';
import { compressions } from './compression/compressions.js';
import type { Codec } from './compression/codec.js';
import { criteria } from './criteria/index.js';
import type { CriterionType } from './criteria/criterion-type.js';
import { layers } from './model/layers.js';
import type { NamedLayerType } from './model/layers/layer-type.js';
import { optimizers } from './training/optimizers/index.js';
import type { OptimizerType } from './training/optimizers/optimizer-type.js';
import { schedulers } from './training/schedulers/index.js';
import type { SchedulerType } from './training/schedulers/scheduler-type.js';

/** The kinds of components that a plug-in may bring, by their field of the plug-in. */
export interface PluginComponents {
  readonly aggregators?: readonly AggregatorType[];
  readonly optimizers?: readonly OptimizerType[];
  readonly schedulers?: readonly SchedulerType[];
  readonly criteria?: readonly CriterionType[];
  readonly layers?: readonly NamedLayerType[];
}

/** Every component that a run or a model can name, by kind: those of this package and those of plug-ins. */
export interface Components {
  readonly aggregators: Catalogue<AggregatorType>;
  readonly optimizers: Catalogue<OptimizerType>;
  readonly schedulers: Catalogue<SchedulerType>;
  readonly criteria: Catalogue<CriterionType>;
  readonly layers: Catalogue<NamedLayerType>;
  readonly compressions: Catalogue<Codec & Component>;
}

/** The source of the components of this package. */
export const BUILT_IN = '@synergos/fed-algorithms';

/** The components of one plug-in. */
export interface ComponentSource {
  readonly source: string;
  readonly plugin: PluginComponents;
}

/** @throws PluginError if a name is defined twice. */
export function createComponents(plugins: readonly ComponentSource[] = []): Components {
  function catalogue<Type extends { readonly name: string }>(
    kind: string,
    argument: string,
    builtIn: readonly Type[],
    field?: keyof PluginComponents,
  ): Catalogue<Type> {
    const added = plugins.map(({ source, plugin }) => ({
      source,
      components: ((field && plugin[field]) ?? []) as unknown as readonly Type[],
    }));
    return createCatalogue(kind, argument, [{ source: BUILT_IN, components: builtIn }, ...added]);
  }
  return {
    aggregators: catalogue<AggregatorType>('aggregator', 'aggregator', aggregators, 'aggregators'),
    optimizers: catalogue<OptimizerType>('optimizer', 'optimizer', optimizers, 'optimizers'),
    schedulers: catalogue<SchedulerType>('scheduler', 'lr_scheduler', schedulers, 'schedulers'),
    criteria: catalogue<CriterionType>('criterion', 'criterion', criteria, 'criteria'),
    layers: catalogue<NamedLayerType>('layer', 'l_type', layers, 'layers'),
    compressions: catalogue<Codec & Component>('compression', 'compression', compressions),
  };
}

/** The components of this package alone. */
export const builtInComponents: Components = createComponents();
