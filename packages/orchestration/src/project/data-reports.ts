import type { Misfits } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';

interface DataReport {
  readonly dataVersion?: string | undefined;
  readonly misfits?: Misfits | undefined;
}

/** Misfits as events and records have them. */
function shown({ missingColumns, unknownColumns, newLevels, unknownLabels }: Misfits) {
  return {
    missing_columns: missingColumns,
    unknown_columns: unknownColumns,
    new_levels: newLevels,
    unknown_labels: unknownLabels,
  };
}

/** Emits what of a participant's data did not fit the model; what a record keeps of it. */
export async function reportMisfits(
  emit: JobContext['emit'],
  participant: string,
  kind: 'evaluate' | 'predict',
  { dataVersion, misfits }: DataReport,
): Promise<Readonly<Record<string, unknown>>> {
  if (misfits !== undefined) await emit('misfits', { participant, kind, ...shown(misfits) });
  return {
    ...(dataVersion !== undefined && { data_version: dataVersion }),
    ...(misfits !== undefined && { misfits: shown(misfits) }),
  };
}

/** Of a training: the versions of the data that was used, and misfits, each emitted once. */
export class TrainingDataReports {
  /** By participant. */
  readonly used: Map<string, string>;
  readonly #emit: JobContext['emit'];
  readonly #reported = new Map<string, string>();

  /** `versions`: those that participants reported before the first round. */
  constructor(emit: JobContext['emit'], versions: ReadonlyMap<string, string>) {
    this.#emit = emit;
    this.used = new Map(versions);
  }

  async seen(replies: ReadonlyMap<string, DataReport>): Promise<void> {
    for (const [participant, { dataVersion, misfits }] of replies) {
      if (dataVersion !== undefined) this.used.set(participant, dataVersion);
      const text = JSON.stringify(misfits);
      if (misfits === undefined || this.#reported.get(participant) === text) continue;
      this.#reported.set(participant, text);
      await this.#emit('misfits', { participant, kind: 'evaluate', ...shown(misfits) });
    }
  }
}
