import type { FailureCode } from '@synergos/contract';
import { ParticipantError } from '../errors.js';
import { namesText } from '../names-text.js';
import type { Action, Labels } from './pipeline.js';

interface TargetOptions {
  readonly action: Action;
  /** Classes of the space, in order. */
  readonly classes: readonly string[];
  readonly labels: Labels;
}

/**
 * Maps labels to targets: the index of the class (classify) or the number (regress). With `optional` labels, a missing or
 * unknown label is NaN; with `required` ones it throws `unknown_class` or `invalid_target`, with rows and counts only.
 */
export function toTargets(
  texts: readonly (string | null)[],
  { action, classes, labels }: TargetOptions,
): Float32Array {
  const target = action === 'regress' ? numberTarget : classTarget(classes);
  const targets = Float32Array.from(texts, (text) => (text === null ? NaN : target.value(text)));
  if (labels === 'required' && targets.some(Number.isNaN)) {
    const count = targets.filter(Number.isNaN).length;
    const where = `the target of row ${targets.findIndex(Number.isNaN) + 1}`;
    const all = `${count} of ${texts.length} rows`;
    throw new ParticipantError(target.code, `${where} ${target.fault(targets)} (${all})`);
  }
  return targets;
}

interface Target {
  value(text: string): number;
  readonly code: FailureCode;
  fault(targets: Float32Array): string;
}

const numberTarget: Target = {
  value: (text) => (Number.isFinite(Math.fround(Number(text))) ? Number(text) : NaN),
  code: 'invalid_target',
  fault: () => "is not a number that float32 holds; 'regress' needs numbers",
};

function classTarget(classes: readonly string[]): Target {
  const index = new Map(classes.map((label, position) => [label, position]));
  return {
    value: (label) => index.get(label) ?? NaN,
    code: 'unknown_class',
    fault(targets) {
      const seen = new Set(targets);
      const absent = classes.filter((_, position) => !seen.has(position));
      const without = absent.length === 0 ? '' : `, and no row has ${namesText(absent)}`;
      return `is not among the aligned classes, ${namesText(classes)}${without}; correct the labels, or align the project again and train`;
    },
  };
}
