import type { RecordFields, Statistics, ValidationFields } from '../types.js';
import type { Shown } from './record-kinds.js';
import type { Style } from './style.js';
import { tableText, type Column } from './table.js';
import { numberText, printable, valueText } from './text.js';

type Evaluation = Partial<ValidationFields['evaluate']>;
const MOST_CONFUSED_COLUMNS = 10;

export const evaluationOf = ({ evaluate }: Shown): Evaluation => evaluate ?? {};

/** `accuracy 0.93  macro F1 0.91` of a classification, `R2 0.8  MSE 0.1  MAE 0.2` of a regression. */
export function resultText(evaluation: Evaluation): string {
  const { statistics = {} } = evaluation;
  if (classNames(evaluation).length === 0)
    return Object.entries(statistics)
      .slice(0, 3)
      .map(([name, value]) => `${printable(name)} ${valueText(value)}`)
      .join('  ');
  return `accuracy ${valueText(accuracyOf(evaluation))}  macro F1 ${valueText(meanOf(perClass(statistics, 'f_score')))}`;
}

/** Formats for each validation of a classification the statistics and the confusion of its classes. */
export function classTables(records: readonly Shown[], style: Style): string {
  return records.flatMap((record) => classTable(record, style) ?? []).join('\n\n');
}

function classTable(record: Shown, style: Style): string | undefined {
  const evaluation = evaluationOf(record);
  const { statistics = {}, confusion } = evaluation;
  const names = classNames(evaluation);
  if (names.length === 0) return undefined;
  const value = (name: string) => (at: number) => shown(perClass(statistics, name)[at]);
  const samples = (at: number) => sum([perClass(statistics, 'TPs')[at], perClass(statistics, 'FNs')[at]]);
  const columns: Column<number>[] = [
    { title: 'class', value: (at) => names[at] ?? '' },
    { title: 'samples', value: (at) => String(samples(at)), align: 'right' },
    { title: 'precision', value: value('PPVs'), align: 'right' },
    { title: 'recall', value: value('TPRs'), align: 'right' },
    { title: 'F1', value: value('f_score'), align: 'right' },
    { title: 'ROC AUC', value: value('roc_auc_score'), align: 'right' },
  ];
  const isConfused = confusion !== undefined && names.length <= MOST_CONFUSED_COLUMNS;
  const guesses = (isConfused ? names : []).map((name, guess): Column<number> => ({
    title: `→ ${name}`,
    value: (at) => shown(confusion?.[at]?.[guess]),
    align: 'right',
  }));
  const { key } = record as unknown as RecordFields;
  const title = printable([key.expt_id, key.run_id, key.participant_id].join('/'));
  const about = isConfused ? `${title}; → predicted as` : title;
  return `${style.bold(about)}\n${tableText([...names.keys()], [...columns, ...guesses], { style, none: '' })}`;
}

/** Names of the classes, or their indexes if the TTP is too old to report names. */
function classNames({ statistics = {}, classes = [] }: Evaluation): readonly string[] {
  const { length } = perClass(statistics, 'f_score');
  if (classes.length === length) return classes.map(printable);
  return Array.from({ length }, (_, index) => String(index));
}

function accuracyOf({ statistics = {}, score }: Evaluation): number | null {
  const [right, missed] = [perClass(statistics, 'TPs'), perClass(statistics, 'FNs')].map(sum) as [
    number,
    number,
  ];
  return right + missed === 0 ? (score ?? null) : right / (right + missed);
}

function perClass(statistics: Statistics, name: string): readonly (number | null)[] {
  const values = statistics[name];
  return Array.isArray(values) ? values : [];
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sum(known) / known.length;
}

function sum(values: readonly (number | null | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

function shown(value: number | null | undefined): string {
  return value == null ? '–' : numberText(value);
}
