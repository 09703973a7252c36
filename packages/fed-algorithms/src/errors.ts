import { CodedError } from '@synergos/contract';
import { issuesText, type Issue } from './issues.js';

/** Base of this package's errors. */
export class AlgorithmsError extends CodedError {}

/** Arguments of a run that are of a wrong type, out of range, or make no sense together. */
export class InvalidArguments extends AlgorithmsError {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super('invalid_arguments', issuesText(issues));
    this.issues = issues;
  }
}

/** @throws InvalidArguments for one field. */
export function refuse(path: string, message: string): never {
  throw new InvalidArguments([{ path, message }]);
}

/** A plug-in that cannot be loaded. */
export class PluginError extends AlgorithmsError {
  constructor(message: string, options?: ErrorOptions) {
    super('plugin', message, options);
  }
}
