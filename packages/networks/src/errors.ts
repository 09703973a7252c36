import { CodedError } from '@synergos/contract';

/** Base of this package's errors. */
export class NetworkError extends CodedError {}

/** The data has more classes than the model can distinguish. */
export class ClassWithoutUnit extends NetworkError {
  constructor(index: number, units: number) {
    const message = `class number ${index + 1} has no place among the model's outputs, of which there are ${units}`;
    super('class_without_unit', `${message}: align the project with auto_fix, or widen the last layer`);
  }
}
