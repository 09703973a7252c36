import { outliersAmong, type Outlier, type Sizes } from './admission.js';

/** Updates that a new one is compared with. */
const MOST = 32;

/** The sizes of the newest updates of a training without rounds, which a new update is compared with. */
export class RecentSizes {
  #recent: readonly Sizes[] = [];

  add(sizes: Sizes): void {
    this.#recent = [...this.#recent, sizes].slice(-MOST);
  }

  /** The update does not count: later ones are not compared with it. */
  forget(sizes: Sizes): void {
    this.#recent = this.#recent.filter((one) => one !== sizes);
  }

  /** Those of the updates whose sizes exceed the median of the recent ones, their own included, by this factor. */
  above<Update extends { readonly participant: string; readonly sizes: Sizes }>(
    factor: number,
    updates: readonly Update[],
  ): readonly (Outlier & { readonly update: Update })[] {
    const outliers = new Map(
      outliersAmong(
        this.#recent.map((sizes) => [sizes, sizes] as const),
        factor,
      ),
    );
    return updates.flatMap((update) => {
      const excess = outliers.get(update.sizes);
      return excess === undefined ? [] : [{ participant: update.participant, update, ...excess }];
    });
  }
}
