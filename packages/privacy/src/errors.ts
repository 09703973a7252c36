import { CodedError } from '@synergos/contract';

/** Base of this package's errors. */
export class PrivacyError extends CodedError {}

/** A parameter is out of range, or parameters contradict each other. */
export class ImpossibleSetting extends PrivacyError {
  constructor(message: string) {
    super('impossible_setting', message);
  }
}

/** Throws `ImpossibleSetting` unless the condition holds. */
export function requireSetting(holds: boolean, message: string): void {
  if (!holds) throw new ImpossibleSetting(message);
}
