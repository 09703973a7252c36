import { AlgorithmsError } from '../errors.js';
import { issuesText, type Issue } from '../issues.js';

/** A model definition that cannot be used: unknown layers, bad arguments, layers that do not fit. */
export class InvalidModel extends AlgorithmsError {
  /** Paths as on the experiment's record: `model.1.structure.in_features`. */
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super('invalid_model', issuesText(issues));
    this.issues = issues;
  }
}
