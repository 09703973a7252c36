import { issuesText, type Issue } from './issues.js';

/** Base of this package's errors: `code` is stable, `message` says what to do. */
export class AlgorithmsError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Arguments of a run that are of a wrong type, out of range, or make no sense together. */
export class InvalidArguments extends AlgorithmsError {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super('invalid_arguments', issuesText(issues));
    this.issues = issues;
  }
}

/** A plug-in that cannot be loaded. */
export class PluginError extends AlgorithmsError {
  constructor(message: string, options?: ErrorOptions) {
    super('plugin', message, options);
  }
}
